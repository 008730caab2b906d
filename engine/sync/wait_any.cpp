#include "sync/wait_any.hpp"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include "ipc/doorbell.hpp"

namespace penstock::sync {
namespace {

class Waiting {
 public:
  explicit Waiting(std::span<Waitable> all) : all_(all) {
    for (const Waitable& one : all_) {
      LaneReader* reader = one.connection != nullptr ? one.connection->reader() : nullptr;
      readers_.push_back(reader);
      if (one.connection == nullptr) {
        polled_.push_back({one.descriptor, POLLIN, 0});
      } else if (reader != nullptr) {
        polled_.push_back({reader->socket(), POLLIN, 0});
      } else {
        polled_.push_back({one.connection->writer()->socket(), 0, 0});  // bytes there mean room
      }
    }
  }

  Result<bool> until(Deadline deadline) {
    const bool receives = std::any_of(readers_.begin(), readers_.end(),
                                      [](const LaneReader* reader) { return reader != nullptr; });
    if (receives && !has_passed(deadline)) ipc::look_for([this] { return anything_pending(); });
    for (;;) {
      for (LaneReader* reader : readers_) {
        if (reader != nullptr) reader->settle();
      }
      if (auto polled = poll(anything_pending() ? 0 : deadline); !polled) return polled.error();
      if (mark()) return true;
      if (has_passed(deadline)) return false;
    }
  }

 private:
  bool anything_pending() const {
    return std::any_of(readers_.begin(), readers_.end(), [](const LaneReader* reader) {
      return reader != nullptr && reader->pending();
    });
  }

  Result<void> poll(Deadline deadline) {
    int count = 0;
    do {
      const std::uint64_t left = deadline - std::min(ipc::monotonic_ns(), deadline);
      const timespec timeout{static_cast<time_t>(left / 1'000'000'000u),
                             static_cast<long>(left % 1'000'000'000u)};
      count = ::ppoll(polled_.data(), polled_.size(), deadline == kForever ? nullptr : &timeout,
                      nullptr);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return Error(Status::lack, "waiting failed: " + errno_text(errno));
    for (const pollfd& one : polled_) {
      if (one.fd >= 0 && (one.revents & POLLNVAL) == 0) continue;
      return Error(Status::refused,
                   "what is waited for is no open descriptor: " + std::to_string(one.fd));
    }
    return {};
  }

  // A byte in the socket of a connection may stand for what has been received meanwhile.
  bool mark() {
    bool any = false;
    for (std::size_t i = 0; i != all_.size(); ++i) {
      const short events = polled_[i].revents;
      all_[i].ready = all_[i].connection == nullptr
                          ? events != 0
                          : (events & (POLLHUP | POLLERR)) != 0 ||
                                (readers_[i] != nullptr && readers_[i]->pending());
      any = any || all_[i].ready;
    }
    return any;
  }

  std::span<Waitable> all_;
  std::vector<LaneReader*> readers_;  // null: does not receive
  std::vector<pollfd> polled_;
};

}  // namespace

Result<bool> wait_any(std::span<Waitable> all, Deadline deadline) {
  if (all.empty()) return false;
  std::deque<Connection::Use> uses;
  for (const Waitable& one : all) {
    if (one.connection != nullptr && !uses.emplace_back(*one.connection)) {
      return Error(Status::refused, "pipe: an end that is waited for is closed");
    }
  }
  return Waiting(all).until(deadline);
}

}  // namespace penstock::sync
