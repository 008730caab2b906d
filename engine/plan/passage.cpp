#include "plan/passage.hpp"

#include <penstock/match.hpp>
#include <penstock/type.hpp>

#include <algorithm>
#include <optional>

#include "base/suggest.hpp"
#include "plan/outputs.hpp"

namespace penstock {
namespace {

// As `from` names it.
std::string word(const EdgeSpec& edge) {
  return ticked(edge.stage.value + (edge.output.empty() ? "" : '.' + edge.output));
}

std::vector<std::string> fields(const Type& type) {
  std::vector<std::string> names = type.names;
  for (const PackedField& field : type.fields) names.push_back(field.name);
  return names;
}

void check_field(const Passage& passage, const Marked<std::string>& by, Findings& findings) {
  std::optional<Type> type = parse_type(output_type(passage.giving, passage.output));
  if (type && type->kind == TypeKind::optional) type = Type(type->parts[0]);
  if (!type || type->kind == TypeKind::any || type->kind == TypeKind::map) return;
  const std::string subject = "stage " + ticked(passage.reader.name.value) + " is partitioned by " +
                              ticked(by.value) + ", but ";
  if (type->kind != TypeKind::record && type->kind != TypeKind::packed) {
    findings.add(
        by.mark,
        subject + word(passage.edge) + " gives " + to_string(*type) + ", which has no fields",
        "without `by`, the key given to `emit` tells the instance");
    return;
  }
  if (field_type(*type, by.value)) return;
  const std::vector<std::string> names = fields(*type);
  const std::string near = did_you_mean(by.value, names);
  findings.add(by.mark, subject + "what " + word(passage.edge) + " gives has no such field",
               near.empty() ? "it has " + word_list(names) : near);
}

}  // namespace

void check_type(const Passage& passage, Findings& findings) {
  const std::string given = output_type(passage.giving, passage.output);
  const PortDescription& input = passage.taking.inputs[passage.input];
  std::string reason;
  const std::optional<Type> from = parse_type(given, &reason);
  const std::optional<Type> to = from ? parse_type(input.type, &reason) : std::nullopt;
  if (to) reason = mismatch(*to, *from);
  if (reason.empty()) return;
  // The hint has it in full.
  const std::size_t whole = passage.output == kFailedOutput ? reason.find(given) : reason.npos;
  if (whole != reason.npos) reason.replace(whole, given.size(), "a record");
  const std::string place = input.name.empty() ? "" : " for its input " + ticked(input.name);
  findings.add(passage.edge.stage.mark,
               "stage " + ticked(passage.reader.name.value) + " cannot read from " +
                   word(passage.edge) + place + ": " + reason,
               (passage.output == kFailedOutput ? "`failed` gives "
                                                : ticked(passage.giver.task.value) + " emits ") +
                   given + ", " + ticked(passage.reader.task.value) + " takes " + input.type);
}

void check_key(const Passage& passage, Findings& findings) {
  const std::optional<PartitionSpec>& partition = passage.reader.partition;
  if (!partition || passage.taking.kind != TaskKind::stateful) return;
  if (partition->by) {
    check_field(passage, *partition->by, findings);
    return;
  }
  if (has_keys(passage.giving, passage.output)) return;
  const std::uint64_t instances = partition->instances ? partition->instances->value : 4;
  findings.add(partition->mark,
               "stage " + ticked(passage.reader.name.value) +
                   " is partitioned by the key given to `emit`, but " +
                   (passage.output == kFailedOutput ? word(passage.edge)
                                                    : ticked(passage.giver.task.value)) +
                   " gives none",
               "partition: {instances: " + std::to_string(instances) + ", by: FIELD}");
}

}  // namespace penstock
