// The plugins of a plan and their tasks by name. Makes the findings about plugins that are not
// there, or are not what the file takes them for. Refers to spec, offer and findings; one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/offer.hpp"
#include "spec/finding.hpp"

namespace penstock {

class TaskTable {
 public:
  TaskTable(const Spec& spec, const Offer& offer, Findings& findings);

  // Null, with a finding, where there is none; without one where its plugin has its finding
  // already. `plugin` becomes the index among plugins().
  const TaskDescription* find(const Marked<std::string>& task, std::size_t& plugin) const;

  const std::vector<PluginDescription>& plugins() const { return plugins_; }

 private:
  void check_names(const Spec& spec) const;
  void check(const PluginNeed& need, const PluginDescription& plugin) const;
  void report_missing(const PluginNeed& need) const;
  void check_outputs(const Marked<std::string>& name, const PluginDescription& plugin,
                     const TaskDescription& task) const;

  const Offer& offer_;
  Findings& findings_;
  std::map<std::string, std::size_t> numbers_;  // of plugins_, by the name of the need
  std::vector<PluginDescription> plugins_;
};

}  // namespace penstock
