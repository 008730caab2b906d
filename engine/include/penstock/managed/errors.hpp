// What goes wrong with the objects of a manager. A key or an index that is not there is a
// std::out_of_range; all else is a ManagerError.
#pragma once

#include <string>
#include <utility>

#include "penstock/error.hpp"

namespace penstock {

// It cannot be done, with the reason: a value of another type, a mutex that is not held, an object
// that is gone, a server that refuses.
class ManagerError : public Error {
 public:
  explicit ManagerError(const std::string& text) : Error(Status::refused, text) {}
  ManagerError(Status status, const std::string& text) : Error(status, text) {}
};

// The server has ended, or cannot be reached any more: its objects are gone, and every proxy of
// them throws this, those that are waiting at once.
class ManagerLost : public ManagerError {
 public:
  explicit ManagerLost(const std::string& text) : ManagerError(Status::gave_up, text) {}
};

// A method of a type of the program's own has thrown in the server.
class RemoteError : public ManagerError {
 public:
  RemoteError(std::string type, const std::string& text)
      : ManagerError(text), type_(std::move(type)) {}

  const std::string& type() const { return type_; }  // of the exception: "std::invalid_argument"

 private:
  std::string type_;
};

namespace managed {

// The barrier is broken: a party died while it waited, ran out of time, or called abort.
class BrokenBarrier : public ManagerError {
 public:
  using ManagerError::ManagerError;
};

// The queue is closed; of get(): and empty.
class Closed : public ManagerError {
 public:
  using ManagerError::ManagerError;
};

}  // namespace managed
}  // namespace penstock
