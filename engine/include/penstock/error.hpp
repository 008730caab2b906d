// What goes wrong, as users of the library see it: an exit status and a text that says where it
// happened, why, and what can be done. Thrown by the public library; inside the engine the same
// class travels as a value (base/result.hpp). Immutable, may be used from any thread.
#pragma once

#include <stdexcept>
#include <string>

namespace penstock {

// The exit status of the program, and how a run ended.
enum class Status : int {
  done = 0,     // every item done, and the output has reached the disk
  dead = 1,     // finished, with dead letters
  refused = 2,  // before any item was taken: usage, pipeline file, plugin, state folder
  lack = 3,     // stopped for a lack of disk, memory, descriptors, or a closed stdout
  gave_up = 4,  // restarts without progress, on_failure: stop, a source or sink that fails
  interrupted = 130,
  terminated = 143,
};

class Error : public std::runtime_error {
 public:
  Error() : Error(Status::gave_up, "no error") {}
  Error(Status status, const std::string& text) : std::runtime_error(text), status_(status) {}

  Status status() const { return status_; }

 private:
  Status status_;
};

}  // namespace penstock
