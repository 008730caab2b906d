#include "api/task_book.hpp"

#include <penstock/match.hpp>

#include <utility>

#include "api/parameters.hpp"
#include "ipc/order.hpp"

namespace penstock {
namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw Error(Status::refused, text);
}

Type read_type(const std::string& text) {
  std::string problem;
  auto type = parse_type(text, &problem);
  if (!type) refuse(problem);
  return std::move(*type);
}

}  // namespace

TaskBook::TaskBook(Engine& engine, OwnTasks own, std::vector<std::string> plugin_path)
    : engine_(engine), own_(own), plugin_path_(std::move(plugin_path)) {}

const CalledTask& TaskBook::find(Plan& plan, std::string_view task, const std::string& argument,
                                 const std::map<std::string, std::string>& with) {
  std::string key = std::string(task) + '\n' + argument;
  for (const auto& [name, value] : with) key += '\n' + name + '=' + value;
  if (const auto known = called_.find(key); known != called_.end()) return known->second;

  StagePlan stage = stage_of(plan, task, argument, with);
  stage.called = CallPolicy{argument};
  CalledTask called;
  called.stage = plan.stages.size();
  called.gives.kind = TypeKind::null;
  if (!stage.task.outputs.empty()) called.gives = read_type(stage.task.outputs.front().type);
  plan.stages.push_back(std::move(stage));
  return called_.emplace(std::move(key), std::move(called)).first->second;
}

void TaskBook::add_initializer(Plan& plan, const std::string& task, const std::string& type,
                               const std::string& argument) {
  StagePlan stage = stage_of(plan, task, type, {});
  stage.name = "initializer";
  stage.first_call = FirstCall{type, argument};
  plan.stages.push_back(std::move(stage));
}

StagePlan TaskBook::stage_of(Plan& plan, std::string_view task, const std::string& argument,
                             const std::map<std::string, std::string>& with) {
  const Described described = describe(plan, task);
  const std::string name(task);
  if (described.task->kind != TaskKind::transform) {
    refuse("`" + name + "` is a " + std::string(to_string(described.task->kind)) +
           "; a pool calls transforms");
  }
  if (described.task->inputs.size() != 1) {
    refuse("`" + name + "` has several inputs; a pool calls tasks with one");
  }
  const Type takes = read_type(described.task->inputs.front().type);
  if (const std::string reason = mismatch(takes, read_type(argument)); !reason.empty()) {
    refuse("`" + name + "` cannot be called with these arguments: " + reason);
  }
  StagePlan stage;
  stage.name = name;
  stage.task_name = name;
  stage.plugin = described.plugin;
  stage.task = *described.task;
  stage.retry.timed_out = false;  // who sets a time wants to know when it is over
  stage.arguments = read_parameters({"the parameters", "parameter "}, {with.begin(), with.end()},
                                    stage.task, name);
  return stage;
}

TaskBook::Described TaskBook::describe(Plan& plan, std::string_view task) {
  const std::size_t dot = task.find('.');
  if (dot == std::string_view::npos) {
    refuse("`" + std::string(task) + "` names no task: write PLUGIN.TASK, such as text.upper");
  }
  const std::string plugin(task.substr(0, dot));
  auto known = plugins_.find(plugin);
  if (known == plugins_.end()) {
    PluginDescription description;
    if (own_.named(plugin)) {
      description = own_.describe().value();
    } else {
      Catalog catalog = engine_.catalog(plugin_path_, {});
      description = catalog.describe(catalog.find(plugin).value().path).value();
    }
    known = plugins_.emplace(plugin, plan.plugins.size()).first;
    plan.plugins.push_back(std::move(description));
  }
  const std::size_t index = known->second;
  return {index, &find_task(plan.plugins[index], std::string(task.substr(dot + 1)))};
}

Wanted TaskBook::wanted(std::string_view task, const CalledTask& called,
                        const std::string& result) {
  Wanted wanted;
  if (result.empty()) return wanted;
  if (called.gives.kind == TypeKind::null) {
    refuse("`" + std::string(task) + "` gives nothing, and a " + result + " is wanted of it");
  }
  wanted.nothing = false;
  wanted.from = called.gives;
  wanted.to = read_type(result);
  if (const std::string reason = mismatch(wanted.to, wanted.from); !reason.empty()) {
    refuse("what `" + std::string(task) + "` gives is not what is wanted of it: " + reason);
  }
  wanted.as_it_is = same_layout(wanted.to, wanted.from);
  return wanted;
}

}  // namespace penstock
