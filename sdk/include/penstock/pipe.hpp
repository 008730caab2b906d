// Python's Pipe: two ends, one for you and one for another process. What is sent at one end is
// received at the other, whole and in order.
//
//   auto [mine, yours] = penstock::Pipe<std::string>();        // both ways
//   auto call = pool.apply_async<void>("app.talk", std::move(yours));
//   mine.send("hello");
//   std::string answer = mine.recv();
//
//   auto [reader, writer] = penstock::Pipe<Row>(false);        // one way
//
// An end belongs to one process, and so it is moved, not copied: who passes it to a task has it no
// more. When the process that holds the other end closes it or dies, however that goes, recv()
// gives what had been sent and then throws EndOfFile, and send() throws Closed. Nobody has to help,
// and no forgotten copy keeps a pipe open. A process that is killed while it sends leaves at worst
// one unfinished message, of which EndOfFile tells.
//
// T is anything that may pass between tasks (codec.hpp), but no view. Messages may have 0 bytes to
// 1 GiB. send() does not wait as long as the message has room in the pipe; a message larger than
// that needs somebody who receives it meanwhile.
//
// All functions but close() may be called from any thread, also at once: messages of several
// threads that send go one after the other. Nothing here may be called while another thread closes
// or destroys the end. To wait for several ends at once: wait.hpp.
#pragma once

#include <penstock/wait.hpp>
#include <penstock/wire.hpp>

#include <optional>

namespace penstock PENSTOCK_HIDDEN {

// Nothing more comes: no process holds the other end any more.
class PENSTOCK_TYPE EndOfFile : public Closed {
 public:
  using Closed::Closed;
};

// A message did not fit where it was to go. It is not lost: here it is.
class PENSTOCK_TYPE BufferTooShort : public SyncError {
 public:
  explicit BufferTooShort(std::vector<std::byte> message)
      : SyncError("a message of " + std::to_string(message.size()) +
                  " bytes does not fit where it is to go"),
        message_(std::move(message)) {}
  const std::vector<std::byte>& message() const { return message_; }

 private:
  std::vector<std::byte> message_;
};

namespace sdk {

// Receives one message into what `begin(total)` has made ready for it and `take(offset, piece)`
// copies to. False: none came in time. What they throw comes out when the message is over.
template <class Begin, class Take>
bool receive(penstock_object* end, std::int64_t timeout, Begin begin, Take take) {
  struct Receiver {
    Begin& begin;
    Take& take;
    std::exception_ptr thrown;
  } receiver{begin, take, nullptr};
  const auto on_piece = [](void* context, std::uint64_t total, std::uint64_t offset,
                           const void* piece, std::uint64_t size) {
    auto& self = *static_cast<Receiver*>(context);
    if (offset != 0 && self.thrown != nullptr) return;
    try {
      self.thrown = nullptr;
      if (offset == 0) self.begin(total);
      self.take(offset, Bytes(static_cast<const std::byte*>(piece), size));
    } catch (...) {
      self.thrown = std::current_exception();
    }
  };
  const std::int32_t result = connections().receive(end, timeout, &receiver, on_piece);
  if (result == PENSTOCK_SYNC_CLOSED) {
    const penstock_text why = sync().error();
    throw EndOfFile(std::string(why.data, why.size));
  }
  if (!in_time(result)) return false;
  if (receiver.thrown != nullptr) std::rethrow_exception(receiver.thrown);
  return true;
}

// Of a std::string or std::vector<std::byte>; grows as the message comes, so that nothing is
// written twice.
template <class Buffer>
bool receive_all(penstock_object* end, std::int64_t timeout, Buffer& into) {
  return receive(
      end, timeout,
      [&](std::uint64_t total) {
        into.clear();
        into.reserve(total);
      },
      [&](std::uint64_t, Bytes piece) {
        const auto* data = reinterpret_cast<const typename Buffer::value_type*>(piece.data());
        into.insert(into.end(), data, data + piece.size());
      });
}

}  // namespace sdk

template <class T>
class PENSTOCK_TYPE Connection {
  static_assert(!std::same_as<T, std::string_view> && !std::same_as<T, Bytes> &&
                    !std::same_as<T, Datum>,
                "penstock: what comes out of a pipe must own what it holds: use std::string, or "
                "std::vector<std::byte>");

 public:
  using value_type = T;
  using Argument = typename sdk::WireArgument<T>::type;  // std::string_view for std::string

  static constexpr penstock_object_kind kind = PENSTOCK_CONNECTION;
  static std::string element() { return sdk::held_type("pipe", sdk::Wire<T>::type()); }

  Connection() = default;  // closed
  explicit Connection(sdk::Object&& end) : end_(std::move(end)) {}
  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&& other) noexcept {
    if (this != &other) {
      let_go();
      end_ = std::move(other.end_);
    }
    return *this;
  }
  ~Connection() { let_go(); }

  // Waits while the pipe is full. Throws Closed when nobody holds the other end any more.
  void send(Argument value) { send_within(sdk::forever, value); }
  // False: it was full for so long; the value is not sent.
  template <class Rep, class Period>
  bool send_for(Argument value, std::chrono::duration<Rep, Period> timeout) {
    return send_within(sdk::nanoseconds(timeout), value);
  }

  // Waits while the pipe is empty. Throws EndOfFile.
  T recv() { return *recv_within(sdk::forever); }
  // Nothing: it was empty for so long. A message that has begun to come is waited for.
  template <class Rep, class Period>
  std::optional<T> recv_for(std::chrono::duration<Rep, Period> timeout) {
    return recv_within(sdk::nanoseconds(timeout));
  }

  // Whether recv() has a message or the end of file to give; waits for that for so long.
  template <class Rep, class Period>
  bool poll(std::chrono::duration<Rep, Period> timeout) {
    return sdk::in_time(sdk::connections().poll(end(), sdk::nanoseconds(timeout)));
  }
  bool poll() { return poll(std::chrono::seconds(0)); }

  // Messages of plain bytes, whatever T is. The other end has to receive them as such.
  void send_bytes(Bytes message) { send_message(sdk::forever, message); }
  std::vector<std::byte> recv_bytes() {
    std::vector<std::byte> message;
    sdk::receive_all(end(), sdk::forever, message);
    return message;
  }
  // How many bytes there were. Throws BufferTooShort, with the message, if they do not fit.
  std::size_t recv_bytes_into(std::span<std::byte> buffer) {
    std::size_t size = 0;
    std::vector<std::byte> elsewhere;
    sdk::receive(
        end(), sdk::forever,
        [&](std::uint64_t total) {
          size = total;
          elsewhere.resize(total > buffer.size() ? total : 0);
        },
        [&](std::uint64_t offset, Bytes piece) {
          std::byte* into = elsewhere.empty() ? buffer.data() : elsewhere.data();
          if (!piece.empty()) std::memcpy(into + offset, piece.data(), piece.size());
        });
    if (!elsewhere.empty()) throw BufferTooShort(std::move(elsewhere));
    return size;
  }

  // For poll(2), epoll and their like: readable while poll() would be true; now and then it is for
  // a moment with nothing there, so ask poll() before recv(). From the first call on, each message
  // costs a system call more on either side. Lives as long as the end is open. Of an end that only
  // sends, POLLHUP alone says something.
  int fileno() const {
    std::int32_t descriptor = -1;
    sdk::check(sdk::connections().descriptor(end(), &descriptor));
    return descriptor;
  }

  bool readable() const { return !closed() && sdk::connections().receives(handle()) != 0; }
  bool writable() const { return !closed() && sdk::connections().sends(handle()) != 0; }

  // The other end sees the end of file. Throws SyncError while another thread uses it.
  void close() {
    if (closed()) return;
    sdk::check(sdk::connections().close(handle()));
    give_up();
  }
  bool closed() const { return !end_.valid(); }

  penstock_object* handle() const { return end_.handle(); }
  std::uint64_t id() const { return end_.id(); }

  // It has been passed on: it is not ours any more, and not closed by us.
  void give_up() const { end_ = sdk::Object(); }

 private:
  penstock_object* end() const {
    if (closed()) throw SyncError("this end of the pipe is closed");
    return handle();
  }

  void let_go() {
    if (!closed()) sdk::connections().close(handle());
  }

  bool send_message(std::int64_t timeout, Bytes message) {
    const std::int32_t result =
        sdk::connections().send(end(), message.data(), message.size(), timeout);
    if (result == PENSTOCK_SYNC_CLOSED) {
      const penstock_text why = sdk::sync().error();
      throw Closed(std::string(why.data, why.size));
    }
    return sdk::in_time(result);
  }

  bool send_within(std::int64_t timeout, Argument value) {
    bool sent = false;
    std::string scratch;
    sdk::Wire<T>::encode(value, scratch,
                         [&](Bytes message) { sent = send_message(timeout, message); });
    return sent;
  }

  std::optional<T> recv_within(std::int64_t timeout) {
    if constexpr (std::same_as<T, std::string> || std::same_as<T, std::vector<std::byte>>) {
      T value;
      return sdk::receive_all(end(), timeout, value) ? std::optional(std::move(value))
                                                     : std::nullopt;
    } else {
      // Values are read at a multiple of 16. Small ones find their place on the stack.
      alignas(16) std::byte near[128];
      std::vector<std::byte> far;
      std::size_t size = 0;
      const auto begin = [&](std::uint64_t total) {
        size = total;
        far.clear();
        if (size > sizeof near) far.reserve(size);
      };
      const auto take = [&](std::uint64_t offset, Bytes piece) {
        if (size > sizeof near) {
          far.insert(far.end(), piece.begin(), piece.end());
        } else if (!piece.empty()) {
          std::memcpy(near + offset, piece.data(), piece.size());
        }
      };
      if (!sdk::receive(end(), timeout, begin, take)) return std::nullopt;
      const Bytes message(far.empty() ? near : far.data(), size);
      return std::optional<T>(sdk::Wire<T>::decode(message));
    }
  }

  // A value that names it, and is written as const, takes it along.
  mutable sdk::Object end_;
};

// A new pipe: both ends send and receive, or the first receives and the second sends. Each
// direction holds about `ring_bytes` that are sent and not yet received (0: a good number). Throws
// SyncError for want of memory or descriptors.
template <class T>
std::pair<Connection<T>, Connection<T>> Pipe(bool duplex = true, std::size_t ring_bytes = 0) {
  penstock_object* first = nullptr;
  penstock_object* second = nullptr;
  sdk::check(sdk::connections().create(duplex ? 1 : 0, ring_bytes, &first, &second));
  return {Connection<T>(sdk::Object(first)), Connection<T>(sdk::Object(second))};
}

namespace sdk {

// What passes an end on gives it up, at the latest when the value is written.
template <class T>
struct Codec<Connection<T>> : ObjectCodec<Connection<T>> {
  static void write(CborWriter& out, const Connection<T>& value) {
    ObjectCodec<Connection<T>>::write(out, value);
    value.give_up();
  }
};

}  // namespace sdk
}  // namespace penstock
