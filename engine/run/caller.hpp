// Whoever gives a run its items one by one, as calls, and hears how each of them has ended: a pool
// of the library. Such a run has no sources and no sinks; its stages are the tasks that are called,
// and join it while it goes on. Belongs to the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "run/cause.hpp"
#include "run/item.hpp"

namespace penstock {

// An object that a call brings along: what a worker opens it from, and who keeps it until then.
struct CarriedObject {
  std::uint64_t id = 0;
  std::uint32_t kind = 0;
  std::string name;              // of one that every worker gets; else empty
  std::vector<int> descriptors;  // as long as the owner lives
  std::shared_ptr<const void> owner;
};
using CarriedObjects = std::vector<std::shared_ptr<const CarriedObject>>;

// What is different about one call from what its stage says.
struct CallTerms {
  std::uint64_t timeout_ns = 0;  // 0: none
  unsigned attempts = 1;         // in all, where a crash may be retried
  CarriedObjects objects;
};

class Caller {
 public:
  virtual ~Caller() = default;

  // There is room for so many more calls, which are given by Run::call(). True: some were.
  virtual bool supply(std::size_t room) = 0;

  // How a call has ended; `value` is what its task gave, null if nothing. It lives until this
  // returns; its bytes are read with Run::read().
  virtual void done(std::uint64_t number, const Payload* value, std::uint64_t took_ns) = 0;
  virtual void given_up(std::uint64_t number, const std::string& item,
                        std::span<const std::shared_ptr<Cause>> causes) = 0;
};

}  // namespace penstock
