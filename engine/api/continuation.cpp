#include "api/continuation.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>
#include <utility>

#include "api/input_look.hpp"
#include "base/units.hpp"
#include "run/run_state.hpp"

namespace penstock {
namespace {

namespace json = boost::json;

bool is_secret(const StagePlan& stage, const std::string& parameter) {
  const auto& params = stage.task.params;
  return std::any_of(params.begin(), params.end(),
                     [&](const auto& param) { return param.name == parameter && param.secret(); });
}

std::string text_of(std::uint32_t kind, const Scalar& value) {
  switch (kind) {
    case PENSTOCK_PARAM_BOOL:
      return value.integer != 0 ? "true" : "false";
    case PENSTOCK_PARAM_INT:
      return std::to_string(value.integer);
    case PENSTOCK_PARAM_SIZE:
      return size_text(static_cast<std::uint64_t>(value.integer));
    case PENSTOCK_PARAM_DURATION:
      return duration_text(std::chrono::nanoseconds(value.integer));
    case PENSTOCK_PARAM_FLOAT:
      return real_text(value.real);
    default:
      return "'" + value.text + "'";
  }
}

std::string text_of(const Argument& argument) {
  std::string text;
  for (const Scalar& value : argument.values) {
    text += (text.empty() ? "" : ", ") + text_of(argument.kind, value);
  }
  return argument.values.size() == 1 ? text : "[" + text + "]";
}

std::string from_text(const Plan& plan, const StagePlan& stage) {
  std::string text;
  for (const Edge& edge : stage.from) {
    const StagePlan& from = plan.stages[edge.from];
    text += (text.empty() ? "" : ", ") + from.name;
    if (edge.output == kFailedOutput) {
      text += ".failed";
    } else if (edge.output > 0) {
      text += "." + from.task.outputs[edge.output].name;
    }
    if (edge.input > 0) text += " as " + stage.task.inputs[edge.input].name;
  }
  return text;
}

std::string to_json(const std::map<std::string, std::string>& traits) {
  json::object object;
  for (const auto& [name, value] : traits) object[name] = value;
  return json::serialize(object);
}

std::map<std::string, std::string> traits_from(const std::string& text) {
  std::map<std::string, std::string> traits;
  json::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return traits;
  for (const auto& [name, trait] : value.get_object()) {
    if (trait.is_string()) traits[std::string(name)] = std::string(trait.get_string());
  }
  return traits;
}

// Items that its sources had made, and how many of these have ended.
std::pair<std::uint64_t, std::uint64_t> progress(const JournalContent& content) {
  std::pair<std::uint64_t, std::uint64_t> made_and_ended{0, 0};
  for (const OriginRecord& origin : content.origins) {
    if (origin.origin.find('.') == std::string::npos) made_and_ended.first += origin.made;
  }
  for (const AccountRecord& account : content.accounts) {
    if (account.stage.empty()) made_and_ended.second = account.done + account.dead;
  }
  return made_and_ended;
}

std::string progress_text(const JournalContent& content) {
  const auto [made, ended] = progress(content);
  return std::to_string(ended) + " of the " + std::to_string(made) + " items that it took";
}

std::string obstacle(const JournalContent& content) {
  const std::string stage = content.fact("unrepeatable");
  return stage.empty() ? stage : "what stage `" + stage + "` had read or gathered is gone";
}

Error refused(const std::filesystem::path& folder, const std::string& text) {
  return Error(Status::refused, "state folder " + folder.string() + ": " + text);
}

// Nothing if the run in there can be gone on with.
Result<void> check(const std::filesystem::path& folder, const Plan& plan,
                   const JournalContent& content, bool force) {
  if (const std::string why = obstacle(content); !why.empty()) {
    return refused(folder,
                   "the run in there cannot be gone on with: " + why + "; --fresh begins anew");
  }
  if (force) return {};
  const auto changed = differences(traits_from(content.fact("plan")), traits_of(plan));
  if (changed.empty()) return {};
  std::string text = "the run in there was another one:";
  for (const std::string& one : changed) text += "\n  " + one;
  return refused(folder, text +
                             "\n  --force goes on with it all the same, --fresh discards it and "
                             "begins anew");
}

}  // namespace

std::map<std::string, std::string> traits_of(const Plan& plan) {
  std::map<std::string, std::string> traits;
  traits["pipeline"] = plan.pipeline;
  for (const StagePlan& stage : plan.stages) {
    if (stage.callback || stage.instance > 0) continue;
    const std::string of = "stage `" + stage.name + "`, ";
    const PluginDescription& plugin = plan.plugins[stage.plugin];
    traits[of + "task"] = stage.task_name;
    traits["plugin `" + plugin.name + "`"] =
        plugin.build_id.empty() ? "version " + plugin.version : "build " + plugin.build_id;
    if (!stage.from.empty()) traits[of + "from"] = from_text(plan, stage);
    if (stage.partitioned) {
      traits[of + "partition"] = std::to_string(stage.instances) +
                                 (stage.key_field.empty() ? "" : " by " + stage.key_field);
    }
    if (stage.in_order) traits[of + "ordered"] = "true";
    for (const Argument& argument : stage.arguments) {
      if (is_secret(stage, argument.name)) continue;
      traits[of + "parameter `" + argument.name + "`"] = text_of(argument);
    }
  }
  return traits;
}

std::vector<std::string> differences(const std::map<std::string, std::string>& before,
                                     const std::map<std::string, std::string>& now) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : before) {
    const auto found = now.find(name);
    if (found == now.end()) {
      texts.push_back(name + " was " + value + " and is not set any more");
    } else if (found->second != value) {
      texts.push_back(name + " changed from " + value + " to " + found->second);
    }
  }
  for (const auto& [name, value] : now) {
    if (!before.contains(name)) texts.push_back(name + " was not set and is " + value);
  }
  return texts;
}

std::string unrepeatable(const Plan& plan) {
  for (const StagePlan& stage : plan.stages) {
    const bool gives = stage.task.kind == TaskKind::source || stage.task.kind == TaskKind::stateful;
    if (gives && !stage.task.has_snapshot()) return stage.name;
  }
  return {};
}

Result<ResumeExplanation> explain_resume(const std::filesystem::path& folder, const Plan& plan) {
  ResumeExplanation explanation;
  explanation.folder = folder.string();
  const auto there = JournalFile::exists(folder);
  if (!there) return there.error();
  if (!there.value()) return explanation;
  auto file = JournalFile::open(folder, Database::Mode::read);
  if (!file) return file.error();
  const auto content = file->read();
  if (!content) return content.error();
  explanation.unfinished = content->fact("state") == "unfinished";
  if (!explanation.unfinished) return explanation;
  std::tie(explanation.made, explanation.ended) = progress(*content);
  explanation.obstacle = obstacle(*content);
  explanation.changes = differences(traits_from(content->fact("plan")), traits_of(plan));
  if (explanation.obstacle.empty()) explanation.inputs = troubles_of_sources(plan, *content);
  for (const AccountRecord& account : content->accounts) {
    const std::uint64_t over = account.done + account.dead + account.retried;
    if (account.stage.empty() || account.ran <= over) continue;
    const std::uint64_t again = account.ran - over;
    const double each = static_cast<double>(account.nanos) / static_cast<double>(account.ran);
    explanation.stages.push_back({account.stage, again, static_cast<double>(again) * each / 1e9});
  }
  return explanation;
}

Result<Continuation> open_journal(const std::filesystem::path& folder, const Plan& plan,
                                  const RunOptions& options) {
  if (options.fresh && options.resume) {
    return Error(Status::refused, "--resume goes on with a run, --fresh discards it: not both");
  }
  if (!options.fresh) {
    // What is sound is not to be thrown away for a passing trouble.
    const auto hint = [](const Error& error) {
      const std::string text = error.what();
      for (const char* sign : {"damaged", "malformed", "not a database", "newer"}) {
        if (text.find(sign) == std::string::npos) continue;
        return Error(error.status(),
                     text + "; --fresh discards what is in the folder and begins anew");
      }
      return error;
    };
    const auto there = JournalFile::exists(folder);
    if (!there) return hint(there.error());
    if (there.value()) {
      auto file = JournalFile::open(folder, Database::Mode::write);
      if (!file) return hint(file.error());
      auto content = file->read();
      if (!content) return hint(content.error());
      if (content->fact("state") == "unfinished") {
        const bool repeatable = content->fact("unrepeatable").empty();
        if (!options.resume && repeatable) {
          return refused(folder, "an unfinished run is in there, with " + progress_text(*content) +
                                     " done: --resume goes on with it, --fresh discards it and "
                                     "begins anew");
        }
        if (options.resume) {
          if (auto fits = check(folder, plan, *content, options.force); !fits) return fits.error();
          const std::string id = content->fact("id");
          JournalEntry entry;  // from now on it is this one
          entry.facts.emplace_back("plan", to_json(traits_of(plan)));
          if (auto done = file->write({entry}, false); !done) return done.error();
          return Continuation{std::move(file.value()), id, std::move(content.value())};
        }
      }
    }
  }
  std::map<std::string, std::string> facts{{"id", new_run_id()},
                                           {"state", "unfinished"},
                                           {"pipeline", plan.pipeline},
                                           {"plan", to_json(traits_of(plan))}};
  if (const std::string stage = unrepeatable(plan); !stage.empty()) facts["unrepeatable"] = stage;
  auto file = JournalFile::create(folder, facts);
  if (!file) return file.error();
  return Continuation{std::move(file.value()), facts["id"], std::nullopt};
}

}  // namespace penstock
