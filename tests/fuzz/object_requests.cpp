// Requests of a manager's client, as its server performs them: made of the pieces that requests are
// made of, in any order, about objects that are there. No crash, no hang; a request that is refused
// or not complete leaves the server well, and nothing is left when the client has gone.
#include <penstock/cbor.hpp>
#include <penstock/managed/protocol.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "sync/managed/front_desk.hpp"
#include "sync/managed/message.hpp"
#include "sync/managed/object_client.hpp"
#include "sync/managed/object_store.hpp"
#include "sync/managed/session.hpp"
#include "sync/managed/waiter.hpp"

namespace {

using namespace penstock;
using namespace penstock::sync;

class NoServer final : public managed::Here {
 public:
  std::uint64_t host() const override { return 1; }
  Result<std::shared_ptr<ObjectClient>> client() const override {
    return Error(Status::refused, "there is no server");
  }
  std::shared_ptr<void> keep(std::uint64_t) const override { return nullptr; }
};

// The input, used up byte by byte; zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  std::uint8_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int i = 0; i != 8; ++i) number = number << 8 | next();
    return number;
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

class Client {
 public:
  Client() { waiter_.give_up(); }  // nothing is waited for

  void ask(Input& input) {
    constexpr std::uint32_t verbs_of_a_kind = 20;
    std::string message;
    CborWriter out(message);
    const std::uint32_t kind = input.next() % 10;
    out.natural(kind * 100 + input.next() % verbs_of_a_kind + (kind == 0 ? 1 : 0));
    const std::uint64_t object = known(input.next());
    out.natural(object);
    for (int items = input.next() % 8; items > 0; --items) write_item(out, input);
    perform(message);
  }

 private:
  std::uint64_t known(std::uint8_t index) const {
    return objects_.empty() ? managed::front_desk : objects_[index % objects_.size()];
  }

  void write_item(CborWriter& out, Input& input) {
    switch (input.next() % 9) {
      case 0:
        return out.natural(input.next() % 8);
      case 1:
        return out.natural(known(input.next()));
      case 2:
        return out.integer(static_cast<std::int64_t>(input.number()));
      case 3:
        return out.boolean(input.next() % 2 != 0);
      case 4:
        return out.text(std::string(input.next(), 'x'));
      case 5:
        return out.integer(-1);
      case 6:
        return out.null();
      default: {
        std::string value;
        CborWriter(value).integer(input.next());
        out.bytes(as_bytes(value));
        return out.natural(0);  // names nothing
      }
    }
  }

  void perform(const std::string& message) {
    Request request(message, store_);
    if (!request.well_formed()) return;
    Answer answer;
    const StoredRef object =
        request.object() == managed::front_desk ? StoredRef(desk_) : store_.find(request.object());
    if (object == nullptr || request.verb() == Verb::shut_down) return;
    try {
      object->perform(request.verb(), request, answer, Caller{*session_, waiter_});
    } catch (const std::bad_alloc&) {
      return;
    }
    (void)answer.head();
    for (const StoredRef& named : answer.named()) {
      session_->hold(named);
      objects_.push_back(named->id());
    }
  }

  NoServer here_;
  ObjectStore store_;
  std::shared_ptr<FrontDesk> desk_ = std::make_shared<FrontDesk>(store_, here_, [] {});
  SessionTable sessions_{store_};
  std::shared_ptr<Session> session_ = sessions_.join(Token{});
  Waiter waiter_;
  std::vector<std::uint64_t> objects_{managed::front_desk};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Client client;
  while (!input.empty()) client.ask(input);
  return 0;
}
