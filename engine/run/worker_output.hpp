// What workers print, line by line, to whoever watches: so much of it that a person can read it. Of
// a worker that floods, what is beyond 1 MiB at once, and 64 KiB a second after that, is left out
// and counted. Belongs to the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pool/worker.hpp"

namespace penstock {

class WorkerOutput {
 public:
  explicit WorkerOutput(std::function<void(std::string line)> say) : say_(std::move(say)) {}

  void wrote(const Worker& worker, std::string_view line, std::uint64_t now_ns);
  // Says what was left out, if something was.
  void ended(const Worker& worker);

 private:
  struct Allowance {
    double bytes = 0;
    std::uint64_t seen_at = 0;  // ns; 0: never
    std::uint64_t left_out = 0;
  };

  void tell_left_out(const Worker& worker, Allowance& allowance);

  std::function<void(std::string line)> say_;
  std::unordered_map<WorkerId, Allowance> allowances_;
};

}  // namespace penstock
