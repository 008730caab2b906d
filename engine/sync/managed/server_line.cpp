#include "sync/managed/server_line.hpp"

#include <sys/socket.h>

#include <new>
#include <utility>

#include "sync/managed/message.hpp"

namespace penstock::sync {
namespace {

constexpr std::size_t kKeptCapacity = 1u << 20;

}  // namespace

// One who has not said yet who he is; the server counted him when it took the connection.
class ServerLine::Stranger {
 public:
  explicit Stranger(ObjectServer& server) : server_(server) {}
  ~Stranger() { server_.has_spoken(); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

 private:
  ObjectServer& server_;
};

void ServerLine::serve() {
  const Result<Token> token = [this] {
    const Stranger until_then(server_);
    return greet_client(conduit_, over_tcp_, server_.options_.key, server_.host_);
  }();
  if (!token) return;
  session_ = server_.sessions_.join(*token);
  std::string message;
  for (;;) {
    const Got got = conduit_.receive(message);
    if (got != Got::frame) {
      if (undo_ && !conduit_.was_read(got)) undo_();
      return;
    }
    undo_ = nullptr;
    if (!perform(message)) return;
    if (message.capacity() > kKeptCapacity) message = {};
  }
}

bool ServerLine::perform(const std::string& message) {
  Request request(message, server_.store_);
  if (!request.well_formed()) return false;
  Answer answer;
  const StoredRef object = request.object() == managed::front_desk
                               ? StoredRef(server_.desk_)
                               : server_.store_.find(request.object());
  if (object == nullptr) {
    answer.refuse(Refusal::missing, "the object is there no more");
  } else {
    try {
      object->perform(request.verb(), request, answer, Caller{*session_, waiter_});
    } catch (const std::bad_alloc&) {
      answer.refuse(Refusal::misuse, "the server has no memory for it");
    }
    if (request.names_what_is_gone() && !answer.refused()) {
      answer.refuse(Refusal::missing, "an object that is passed is there no more");
    } else if (!answer.refused() && !request.complete()) {
      return false;
    }
  }
  undo_ = answer.take_undo();
  std::string head = answer.head();
  if (head.size() + answer.body().size() > FrameStream::kLargest) {
    if (undo_) std::exchange(undo_, nullptr)();
    answer.refuse(Refusal::misuse, "the answer is larger than 1 GiB: ask for less at a time");
    head = answer.head();
  }
  for (const StoredRef& named : answer.named()) session_->hold(named);
  // Nothing is said any more to one who is gone or has been closed: it would take the end of its
  // wait for what it waited for.
  if (!waiter_.gone() && conduit_.send(head, answer.body())) return true;
  if (undo_) undo_();
  return false;
}

void ServerLine::hang_up() {
  waiter_.give_up();
}

void ServerLine::close() {
  ::shutdown(fd(), SHUT_RDWR);
  waiter_.give_up();
}

}  // namespace penstock::sync
