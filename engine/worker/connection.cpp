#include "worker/connection.hpp"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <new>
#include <utility>

#include "ipc/doorbell.hpp"
#include "ipc/sleep.hpp"
#include "sync/object.hpp"
#include "sync/party.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kSleepNs = 1'000'000'000;
constexpr std::uint64_t kObjectNs = 5'000'000'000;  // it is sent before the call that brings it
constexpr int kLost = 70;                           // exit code of a worker without an engine

[[noreturn]] void lost(const char* why) {
  std::fprintf(stderr, "penstock-worker: %s\n", why);
  ::_exit(kLost);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open() {
  std::unique_ptr<Connection> connection(new Connection(UniqueFd(ipc::kChannelFd)));
  if (auto greeted = connection->greet(); !greeted) return greeted.error();
  return connection;
}

Result<void> Connection::greet() {
  auto letter = channel_.receive();
  if (!letter) return letter.error();
  if (letter->kind != static_cast<std::uint32_t>(ipc::LetterKind::hello) ||
      letter->fds.size() < 4) {
    return Error(Status::gave_up, "the first letter is no hello");
  }
  auto hello = ipc::decode_hello(letter->body);
  if (!hello) return hello.error();
  auto board = ipc::map_readable(letter->fds[0], sizeof(ipc::Board));
  if (!board) return board.error();
  auto engine_home = ipc::map_readable(letter->fds[1], sizeof(ipc::EngineHome));
  if (!engine_home) return engine_home.error();
  auto own = ipc::map_owned(letter->fds[2], ipc::kWorkerHomeBytes);
  if (!own) return own.error();
  board_ = std::move(board.value());
  engine_home_ = std::move(engine_home.value());
  bell_ = std::move(letter->fds[3]);
  if (letter->fds.size() > 4) standard_output_ = std::move(letter->fds[4]);
  if (hello->prints && standard_output_) {
    ::dup2(standard_output_.get(), STDOUT_FILENO);
    standard_output_.reset();
  }
  if (hello->party != 0) sync::set_this_party(hello->party);
  sandbox_ = std::move(hello->sandbox);

  home_data_ = own->data();
  new (home_data_) ipc::WorkerHome{};
  writer_ = ipc::RingWriter(&home().ring, &engine().head);
  reader_ = ipc::RingReader(&engine().ring, &home().head);
  arena_.adopt({hello->home_extent, std::move(own.value())}, ipc::kWorkerHomeReserved);
  send(ipc::Descriptor{.kind = ipc::Kind::ready});
  publish();
  return {};
}

ipc::Descriptor Connection::next() {
  for (;;) {
    pump();
    if (!arrived_.empty()) {
      const ipc::Descriptor descriptor = arrived_.front();
      arrived_.pop_front();
      return descriptor;
    }
    publish();
    if (ipc::look_for([this] { return reader_.has_next(); })) continue;
    ipc::begin_sleep(home().sleeping);
    if (!reader_.has_next()) ipc::sleep_on(engine().ring.tail, reader_.position(), kSleepNs);
    ipc::end_sleep(home().sleeping);
  }
}

bool Connection::has_next() {
  pump();
  return !arrived_.empty();
}

// Takes everything off the ring: what is about memory counts at once, even in the midst of a call.
void Connection::pump() {
  ipc::Descriptor descriptor;
  bool any = false;
  while (reader_.pop(descriptor)) {
    any = true;
    if (descriptor.kind == ipc::Kind::free_blocks) {
      ipc::FreedBlock freed[ipc::kFreedPerDescriptor];
      std::memcpy(freed, descriptor.body, sizeof freed);
      for (std::size_t i = 0; i < descriptor.extra && i < ipc::kFreedPerDescriptor; ++i) {
        arena_.free(freed[i].extent, std::uint64_t{freed[i].offset64} * 64);
      }
    } else if (descriptor.kind == ipc::Kind::forget) {
      const auto extent = static_cast<std::uint32_t>(descriptor.number());
      if (!mapped_.contains(extent)) read_letters();  // named for a call that was withdrawn
      mapped_.erase(extent);
    } else if (descriptor.kind == ipc::Kind::letters) {
      read_letters();
    } else {
      arrived_.push_back(descriptor);
    }
  }
  if (reader_.broken()) lost("the engine's ring is damaged");
  if (any) reader_.release();
}

void Connection::send(const ipc::Descriptor& descriptor) {
  while (writer_.room() == 0) {
    if (writer_.broken()) lost("the engine's ring is damaged");
    publish();
    ipc::yield_cpu();
  }
  writer_.push(descriptor);
}

void Connection::publish() {
  if (!writer_.has_unpublished()) return;
  writer_.publish();
  if (ipc::needs_wake(board().sleeping)) ipc::ring_bell(bell_);
}

bool Connection::engine_sleeps() const {
  return ipc::needs_wake(board().sleeping);
}

void Connection::attach(ipc::Descriptor& descriptor, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  if (descriptor.set_inline(bytes)) return;
  auto block = arena_.allocate(bytes.size());
  if (!block) {
    descriptor.set_inline(bytes.first(ipc::kInlineBytes));
    return;
  }
  std::memcpy(block->data, bytes.data(), bytes.size());
  descriptor.set_block(block->ref);
}

Result<ipc::Block> Connection::allocate(std::size_t bytes) {
  pump();
  return arena_.allocate(bytes);
}

ipc::Letter Connection::wait_letter(ipc::LetterKind kind) {
  const auto wanted = static_cast<std::uint32_t>(kind);
  for (auto letter = letters_.begin(); letter != letters_.end(); ++letter) {
    if (letter->kind != wanted) continue;
    ipc::Letter found = std::move(*letter);
    letters_.erase(letter);
    return found;
  }
  for (;;) {
    auto letter = channel_.receive();
    if (!letter) lost("the engine is gone");
    if (letter->kind == wanted) return std::move(letter.value());
    if (!keep_up(letter.value())) letters_.push_back(std::move(letter.value()));
  }
}

// Those that have come. If the engine is gone, whoever waits for one will know.
void Connection::read_letters() {
  while (wait_readable(ipc::kChannelFd, 0)) {
    auto letter = channel_.receive();
    if (!letter) return;
    if (!keep_up(letter.value())) letters_.push_back(std::move(letter.value()));
  }
}

// Letters that nobody waits for in particular.
bool Connection::keep_up(ipc::Letter& letter) {
  switch (static_cast<ipc::LetterKind>(letter.kind)) {
    case ipc::LetterKind::extent:
      adopt(std::move(letter));
      return true;
    case ipc::LetterKind::object:
      receive_object(std::move(letter));
      return true;
    case ipc::LetterKind::forget_object:
      if (const auto order = ipc::decode_object(letter.body)) sync::Received::forget(order->id);
      return true;
    default:
      return false;
  }
}

void Connection::receive_object(ipc::Letter letter) {
  auto order = ipc::decode_object(letter.body);
  if (!order) lost("an object that cannot be read");
  auto object =
      sync::open_object(static_cast<sync::Kind>(order->kind), order->id, std::move(letter.fds));
  // Whoever wants it is told that it is not there.
  if (!object) {
    std::fprintf(stderr, "penstock-worker: a shared object: %s\n", object.error().what());
    return;
  }
  if (!order->name.empty()) sync::Named::put(order->name, object.value());
  sync::Received::put(std::move(object.value()));
}

void Connection::await_object(std::uint64_t id) {
  const std::uint64_t until = ipc::monotonic_ns() + kObjectNs;
  while (!sync::Received::has(id)) {
    const std::uint64_t now = ipc::monotonic_ns();
    if (now >= until) return;
    if (!wait_readable(ipc::kChannelFd, static_cast<int>((until - now) / 1'000'000))) return;
    auto letter = channel_.receive();
    if (!letter) lost("the engine is gone");
    if (!keep_up(letter.value())) letters_.push_back(std::move(letter.value()));
  }
}

void Connection::adopt(ipc::Letter letter) {
  auto order = ipc::decode_extent(letter.body);
  if (!order || letter.fds.size() != 1) lost("an extent that cannot be read");
  auto mapping = ipc::map_readable(letter.fds[0], order->size);
  if (!mapping) lost(mapping.error().what());
  mapped_.insert_or_assign(order->id, std::move(mapping.value()));
}

Result<const std::byte*> Connection::view(const ipc::BlockRef& block) {
  // Its own blocks come back to it, too: as the input of a later stage.
  if (const auto own = arena_.find(block.extent, block.offset, block.size)) return *own;
  while (!mapped_.contains(block.extent)) {
    adopt(wait_letter(ipc::LetterKind::extent));
  }
  const ipc::Mapping& mapping = mapped_.at(block.extent);
  if (block.offset > mapping.size() || block.size > mapping.size() - block.offset) {
    return Error(Status::gave_up, "a payload outside its extent");
  }
  return mapping.data() + block.offset;
}

Result<ipc::OwnedExtent> Connection::grow(std::size_t bytes) {
  send(ipc::numbered(ipc::Kind::want_extent, bytes));
  publish();
  // The answer is a grant or a refusal.
  for (;;) {
    auto letter = channel_.receive();
    if (!letter) lost("the engine is gone");
    switch (static_cast<ipc::LetterKind>(letter->kind)) {
      case ipc::LetterKind::refusal:
        return Error(Status::lack, letter->body);
      case ipc::LetterKind::again:
        pump();
        return ipc::OwnedExtent{};
      case ipc::LetterKind::grant: {
        auto order = ipc::decode_extent(letter->body);
        if (!order || letter->fds.size() != 1) lost("a grant that cannot be read");
        auto mapping = ipc::map_owned(letter->fds[0], order->size);
        if (!mapping) return mapping.error();
        return ipc::OwnedExtent{order->id, std::move(mapping.value())};
      }
      default:
        if (!keep_up(letter.value())) letters_.push_back(std::move(letter.value()));
    }
  }
}

void Connection::shrink(std::uint32_t extent) {
  send(ipc::numbered(ipc::Kind::drop_extent, extent));
}

}  // namespace penstock
