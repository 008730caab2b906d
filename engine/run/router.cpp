#include "run/router.hpp"

#include <algorithm>
#include <cstring>
#include <penstock/key.hpp>

namespace penstock {
namespace {

constexpr std::uint64_t kKeyAtFirst = 256;      // most keys are shorter
constexpr std::uint64_t kKeptBytes = 1u << 20;  // of the buffer, after a larger payload

std::span<const std::byte> key_of_emit(std::span<const std::byte> payload) {
  std::uint16_t size = 0;
  static_assert(sizeof size == ipc::kKeySizeBytes);
  if (payload.size() < sizeof size) return {};
  std::memcpy(&size, payload.data() + payload.size() - sizeof size, sizeof size);
  if (size > payload.size() - sizeof size) return {};
  return payload.subspan(payload.size() - sizeof size - size, size);
}

}  // namespace

Router::Router(const Plan& plan, const ExtentTable& extents) : extents_(extents) {
  extend(plan);
}

void Router::extend(const Plan& plan) {
  std::size_t i = routes_.size();
  routes_.resize(plan.stages.size());
  keyed_.resize(plan.stages.size());
  for (; i < plan.stages.size(); ++i) {
    const StagePlan& stage = plan.stages[i];
    keyed_[i].resize(stage.task.outputs.size());
    for (const Reader& reader : stage.readers) {
      const StagePlan& to = plan.stages[reader.stage];
      Route& route = routes_[i].emplace_back();
      route.reader = reader;
      route.instances = to.instances;
      route.key_field = to.key_field;
      route.type = parse_type(to.from[reader.edge].type).value_or(Type{});
      const bool by_emit = to.partitioned && to.key_field.empty();
      if (by_emit && reader.output < keyed_[i].size()) keyed_[i][reader.output] = true;
    }
  }
}

std::span<const Router::Target> Router::targets(StageIndex stage, std::uint16_t output,
                                                const Payload& payload) {
  targets_.clear();
  for (const Route& route : routes_[stage]) {
    if (route.reader.output != output) continue;
    const std::uint64_t instance =
        route.instances > 1 ? key_of(route, payload) % route.instances : 0;
    targets_.push_back({static_cast<StageIndex>(route.reader.stage + instance), route.reader.edge});
  }
  return targets_;
}

std::uint64_t Router::key_of(const Route& route, const Payload& payload) {
  if (!route.key_field.empty()) {
    return key_hash(route.type, bytes_of(payload, payload.size()), route.key_field).value_or(0);
  }
  std::span<const std::byte> end = bytes_of(payload, kKeyAtFirst);
  if (key_of_emit(end).empty()) end = bytes_of(payload, ipc::kMaxKey + ipc::kKeySizeBytes);
  return key_hash(key_of_emit(end));
}

std::uint64_t Router::value_size(std::span<const std::byte> payload) const {
  const std::uint64_t behind = key_of_emit(payload).size() + ipc::kKeySizeBytes;
  return payload.size() - std::min<std::uint64_t>(behind, payload.size());
}

// The last bytes of it. A copy, as its maker can still change what stands in its block.
std::span<const std::byte> Router::bytes_of(const Payload& payload, std::uint64_t at_most) {
  if (payload.where == ipc::Where::here) return payload.inline_bytes();
  if (payload.where != ipc::Where::block) return {};
  const std::uint64_t size = std::min(payload.size(), at_most);
  if (bytes_.capacity() > kKeptBytes && size <= kKeptBytes) std::vector<std::byte>().swap(bytes_);
  bytes_.resize(size);
  ipc::BlockRef ref = extents_.ref(payload.block);
  ref.offset += payload.part.offset + payload.size() - size;
  ref.size = size;
  if (!extents_.read(ref, bytes_)) return {};
  return bytes_;
}

}  // namespace penstock
