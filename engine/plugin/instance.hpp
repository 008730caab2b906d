// One instance of a task in a worker, from `create` to `destroy`, with the border to the plugin's
// code around it: arguments become C values on the way in, and what is thrown on the way out
// becomes a failure. Why a call failed stands with the host, to which the plugin told it. The
// caller keeps to the order of states in <penstock/plugin.h>. One thread; the library and the host
// have to live longer.
#pragma once

#include <penstock/plugin.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "plugin/descriptor.hpp"

namespace penstock {

enum class CallResult { ok, end, failed };  // end: from `produce` alone

class Instance {
 public:
  // Nothing: it failed.
  static std::optional<Instance> create(const penstock_task& task, const penstock_host& host,
                                        const std::vector<Argument>& arguments);
  Instance(Instance&& other) noexcept;
  Instance& operator=(Instance&& other) noexcept;
  ~Instance();

  CallResult restore(std::string_view snapshot);

  // `held`: the epoch that a sink really holds; `last.number` where it has no say.
  CallResult open(penstock_epoch last, std::string_view at, std::uint64_t& held);
  CallResult run(std::span<const penstock_item> items);
  CallResult produce(std::size_t want);
  std::optional<std::uint64_t> total();
  CallResult finish();
  CallResult snapshot();
  CallResult commit(penstock_epoch epoch);
  CallResult close();

 private:
  Instance(const penstock_task& task, const penstock_host& host, void* self)
      : task_(&task), host_(&host), self_(self) {}
  void destroy();

  const penstock_task* task_;
  const penstock_host* host_;
  void* self_;
};

}  // namespace penstock
