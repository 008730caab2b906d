#include "spec/load.hpp"

#include <cstdlib>

#include "spec/document.hpp"
#include "spec/spec_reader.hpp"

namespace penstock {
namespace {

std::optional<std::string> environment_of_process(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string without_byte_order_mark(std::string text) {
  if (text.rfind("\xef\xbb\xbf", 0) == 0) text.erase(0, 3);
  return text;
}

// The index of the file among `sources`, or nothing, with a finding.
std::optional<std::uint32_t> open_source(const std::filesystem::path& path, Sources& sources,
                                         Findings& findings) {
  const auto index = static_cast<std::uint32_t>(sources.size());
  Result<std::string> text = read_text_file(path, largest_file);
  sources.emplace_back(path.string(), text ? without_byte_order_mark(std::move(*text)) : "");
  if (text) return index;
  findings.add(Mark{index, 0, 0}, std::string("the file ") + text.error().what());
  return std::nullopt;
}

// Everything after the pipeline file's text is there, as source 0.
void read(Loaded& loaded, const LoadOptions& options, Findings& findings) {
  Sources& sources = loaded.spec.sources;
  Document document = parse_document(sources, 0, findings);
  loaded.complete = document.complete;

  Variables variables(sources, options.environment ? options.environment : environment_of_process,
                      findings);
  variables.set(options.overrides);
  if (!options.vars_file.empty()) {
    if (const auto index = open_source(options.vars_file, sources, findings)) {
      variables.define(parse_document(sources, *index, findings).root, "the file of --vars");
    }
  }
  for (const Entry& entry : document.root.entries) {
    if (entry.key.value == "vars") variables.define(entry.value, "`vars`");
  }
  variables.expand(document.root);
  if (document.complete) variables.report_unused();
  read_spec(document.root, document.complete, loaded.spec, findings);
  loaded.spec.variables = variables.take_uses();
  loaded.spec.secrets = variables.take_secrets();
}

}  // namespace

Loaded load_spec(const std::filesystem::path& file, const LoadOptions& options) {
  Loaded loaded;
  Findings findings(loaded.spec.sources);
  if (open_source(file, loaded.spec.sources, findings)) {
    read(loaded, options, findings);
  } else {
    loaded.complete = false;
  }
  loaded.findings = findings.take(loaded.spec.secrets);
  return loaded;
}

Loaded load_spec_text(std::string name, std::string text, const LoadOptions& options) {
  Loaded loaded;
  loaded.spec.sources.emplace_back(std::move(name), without_byte_order_mark(std::move(text)));
  Findings findings(loaded.spec.sources);
  read(loaded, options, findings);
  loaded.findings = findings.take(loaded.spec.secrets);
  return loaded;
}

}  // namespace penstock
