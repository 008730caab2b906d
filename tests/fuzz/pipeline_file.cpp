// Any bytes as a pipeline file: read, checked and planned without a crash, a hang or a finding that
// cannot be printed. What the file asks for from outside is answered from the bytes alone.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/utf8.hpp"
#include "plan/planner.hpp"
#include "spec/load.hpp"

namespace {

using namespace penstock;

TaskDescription task(std::string name, TaskKind kind) {
  TaskDescription result;
  result.name = std::move(name);
  result.kind = kind;
  if (kind != TaskKind::source) result.inputs.push_back({"", "text", ""});
  if (kind != TaskKind::sink) result.outputs.push_back({"", "text", ""});
  for (std::uint32_t param = 1; param <= 7; ++param) {
    ParamDescription description;
    description.name = std::string(1, static_cast<char>('a' + param - 1));
    description.kind = param;
    description.flags = param % 2 == 0 ? 2 : 24;  // a list, or with a range
    description.maximum = 10;
    description.choices = {"one", "two"};
    result.params.push_back(std::move(description));
  }
  return result;
}

Offer make_offer() {
  PluginDescription p;
  p.name = "p";
  p.tasks = {task("r", TaskKind::source), task("t", TaskKind::transform),
             task("s", TaskKind::stateful), task("w", TaskKind::sink)};
  Offer offer;
  offer.plugins.emplace("p", p);
  offer.problems = {{"bad", "no plugin"}};
  offer.searched = {"/lib"};
  offer.known = {"p", "bad"};
  return offer;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Offer offer = make_offer();
  LoadOptions options;
  options.overrides = {{"SET", "${X}"}};
  options.environment = [](const std::string& name) {
    return name.size() % 2 == 0 ? std::optional(name) : std::nullopt;
  };
  Loaded loaded =
      load_spec_text("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size), options);
  if (loaded.complete) {
    Planned planned = make_plan(loaded.spec, offer, {2, std::nullopt, 1u << 30});
    if (loaded.findings.empty() && planned.findings.empty()) {
      require(planned.plan.stages.size() == loaded.spec.stages.size());
    }
    loaded.findings = merged(std::move(loaded.findings), std::move(planned.findings));
  } else {
    require(!loaded.findings.empty());
  }
  const std::string text = to_text(loaded.findings);
  require(valid_utf8(text) == text.size());
  for (const Finding& finding : loaded.findings) require(finding.caret <= finding.excerpt.size());
  return 0;
}
