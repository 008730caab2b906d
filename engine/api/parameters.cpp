#include "api/parameters.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

#include "plan/arguments.hpp"
#include "spec/document.hpp"

namespace penstock {
namespace {

// What is given under one name: a list if it stands there several times, or if it is in brackets
// and a list is wanted. `file`: of the source that the value is.
Node value_of(const std::vector<std::string>& given, const ParamDescription* param,
              const Sources& sources, std::uint32_t file, Findings& findings) {
  if (given.size() == 1 && given.front().starts_with('[') && param != nullptr && param->list()) {
    Document document = parse_document(sources, file, findings);
    if (document.complete) return document.root;
    Node unread;
    unread.kind = Node::Kind::unknown;
    return unread;
  }
  Node list;
  list.kind = Node::Kind::list;
  list.mark.file = file;
  for (const std::string& text : given) {
    Node& item = list.items.emplace_back();
    item.kind = Node::Kind::scalar;
    item.mark.file = file;
    item.text = text;
  }
  return given.size() == 1 ? list.items.front() : list;
}

}  // namespace

// Each name is a source of its own, so that findings say which one is meant.
std::vector<Argument> read_parameters(
    const ParameterWords& words, const std::vector<std::pair<std::string, std::string>>& given_ones,
    const TaskDescription& task, const std::string& task_name) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::string>> given;
  for (const auto& [name, value] : given_ones) {
    if (given[name].empty()) names.push_back(name);
    given[name].push_back(value);
  }
  Sources sources{Source("parameters", "")};
  for (const std::string& name : names) {
    sources.emplace_back(words.one + name + "=…", given[name].front());
  }
  Findings findings(sources);
  std::vector<Entry> with;
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const auto param = std::find_if(task.params.begin(), task.params.end(),
                                    [&](const auto& known) { return known.name == names[i]; });
    const ParamDescription* known = param == task.params.end() ? nullptr : &*param;
    with.push_back({{names[i], Mark{i + 1, 0, 0}},
                    value_of(given[names[i]], known, sources, i + 1, findings)});
  }
  std::vector<std::string> secrets;
  const Marked<std::string> name{task_name, {}};
  auto arguments = read_arguments({words.all, name, with}, task, secrets, findings);
  if (const auto found = findings.take(secrets); !found.empty()) {
    throw Error(Status::refused, to_text(found));
  }
  return arguments;
}

}  // namespace penstock
