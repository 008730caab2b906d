#include "run/worker_output.hpp"

#include <algorithm>
#include <utility>

namespace penstock {
namespace {

constexpr double kBytesAtOnce = 1 << 20;
constexpr double kBytesASecond = 64 << 10;
constexpr double kLeastLine = 16;  // an empty one takes room on a screen, too

}  // namespace

void WorkerOutput::wrote(const Worker& worker, std::string_view line, std::uint64_t now_ns) {
  Allowance& allowance = allowances_[worker.id];
  const double passed = static_cast<double>(now_ns - allowance.seen_at) / 1e9;
  allowance.bytes = allowance.seen_at == 0
                        ? kBytesAtOnce
                        : std::min(kBytesAtOnce, allowance.bytes + passed * kBytesASecond);
  allowance.seen_at = now_ns;
  const double size = std::max(kLeastLine, static_cast<double>(line.size()));
  if (size > allowance.bytes) {
    ++allowance.left_out;
    return;
  }
  allowance.bytes -= size;
  tell_left_out(worker, allowance);
  say_("[" + worker.name() + "] " + std::string(line));
}

void WorkerOutput::ended(const Worker& worker) {
  const auto found = allowances_.find(worker.id);
  if (found == allowances_.end()) return;
  tell_left_out(worker, found->second);
  allowances_.erase(found);
}

void WorkerOutput::tell_left_out(const Worker& worker, Allowance& allowance) {
  const std::uint64_t count = std::exchange(allowance.left_out, 0);
  if (count == 0) return;
  say_("[" + worker.name() + "] … " + std::to_string(count) +
       (count == 1 ? " line was" : " lines were") + " left out: it writes more than can be read");
}

}  // namespace penstock
