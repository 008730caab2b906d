#include "sync/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <string>

namespace penstock::sync {
namespace {

constexpr std::uint64_t kSmallestRing = 4096;
constexpr std::uint64_t kLargestRing = std::uint64_t{1} << 30;

struct PipeState {
  std::uint64_t ring_bytes;
  std::uint64_t duplex;
};
constexpr std::size_t kLanesAt = 64;
static_assert(sizeof(PipeState) <= kLanesAt);

Error is_closed() {
  return Error(Status::refused, "pipe: this end is closed");
}

Error one_way(const char* what) {
  return Error(Status::refused, std::string("pipe: this end of a one-way pipe only ") + what);
}

}  // namespace

// What stands at the beginning of the memory, copied and checked once.
struct Connection::Layout {
  std::uint64_t ring_bytes;
  bool duplex;

  std::size_t lanes() const { return duplex ? 2 : 1; }
  std::size_t bytes() const { return kLanesAt + lanes() * (sizeof(LaneState) + ring_bytes); }

  // A lane has the number of the end that receives from it.
  LaneState& state(const Region& memory, std::uint64_t lane) const {
    return *reinterpret_cast<LaneState*>(memory.data() + kLanesAt + lane * sizeof(LaneState));
  }
  LaneRing ring(const Region& memory, std::uint64_t lane) const {
    return {memory.data() + kLanesAt + lanes() * sizeof(LaneState) + lane * ring_bytes, ring_bytes};
  }

  static std::optional<Layout> of(const Region& memory) {
    if (memory.size() < kLanesAt) return std::nullopt;
    const PipeState state = memory.as<const PipeState>();
    const Layout layout{state.ring_bytes, state.duplex != 0};
    if (!std::has_single_bit(layout.ring_bytes) || layout.ring_bytes < kSmallestRing ||
        layout.ring_bytes > kLargestRing || layout.bytes() > memory.size()) {
      return std::nullopt;
    }
    return layout;
  }
};

Connection::Directions Connection::directions_of(std::uint64_t id, bool duplex) {
  const bool first = (id & 1) == 0;
  return {duplex || first, duplex || !first};
}

Connection::Connection(std::uint64_t id, Memory memory, const Layout& layout, Sockets sockets)
    : Object(Kind::connection, id),
      directions_(directions_of(id, layout.duplex)),
      memory_(std::move(memory)) {
  const std::uint64_t own = layout.duplex ? id & 1 : 0;
  const std::uint64_t other = layout.duplex ? own ^ 1 : 0;
  if (receives()) {
    reader_.emplace(layout.state(*memory_, own), layout.ring(*memory_, own),
                    std::move(sockets.receiving));
  }
  if (sends()) {
    writer_.emplace(layout.state(*memory_, other), layout.ring(*memory_, other),
                    std::move(sockets.sending));
  }
}

Result<std::pair<Connection::Ref, Connection::Ref>> Connection::create_pair(
    bool duplex, std::size_t ring_bytes) {
  if (ring_bytes > kLargestRing) {
    return Error(Status::refused, "pipe: a ring of " + std::to_string(ring_bytes) +
                                      " bytes is too large; at most 1 GiB (1073741824 bytes)");
  }
  const Layout layout{std::bit_ceil(std::max<std::uint64_t>(ring_bytes, kSmallestRing)), duplex};
  const std::uint64_t id = new_object_id() | 1;
  auto region = Region::create(Kind::connection, id, layout.bytes());
  if (!region) return region.error();
  const auto memory = std::make_shared<const Region>(*std::move(region));
  memory->as<PipeState>() = {layout.ring_bytes, duplex ? 1u : 0u};

  Sockets first;
  Sockets second;
  for (std::uint64_t lane = 0; lane != layout.lanes(); ++lane) {
    auto pair = create_socket_pair(SOCK_STREAM);
    if (!pair) return pair.error();
    (lane == 0 ? first : second).receiving = std::move(pair->first);
    (lane == 0 ? second : first).sending = std::move(pair->second);
  }
  return std::pair(Ref(new Connection(id ^ 1, memory, layout, std::move(first))),
                   Ref(new Connection(id, memory, layout, std::move(second))));
}

Result<ObjectRef> Connection::open(std::uint64_t id, std::vector<UniqueFd> descriptors) {
  const auto refused = [](const char* why) {
    return Error(Status::gave_up, std::string("pipe: an end cannot be opened: ") + why);
  };
  if (descriptors.empty()) return refused("no descriptors came");
  auto region = Region::open(std::move(descriptors[0]), Kind::connection, id | 1);
  if (!region) return region.error();
  const std::optional<Layout> layout = Layout::of(*region);
  if (!layout) return refused("its memory makes no sense");
  const Directions directions = directions_of(id, layout->duplex);
  if (descriptors.size() != 1u + directions.receives + directions.sends) {
    return refused("another number of descriptors came");
  }
  Sockets sockets;
  if (directions.sends) sockets.sending = std::move(descriptors.back());
  if (directions.receives) sockets.receiving = std::move(descriptors[1]);
  return ObjectRef(new Connection(id, std::make_shared<const Region>(*std::move(region)), *layout,
                                  std::move(sockets)));
}

Connection::Use::Use(const Connection& connection)
    : connection_(connection), entered_((connection.uses_.fetch_add(1) & kClosed) == 0) {}

Connection::Use::~Use() {
  connection_.uses_.fetch_sub(1);
}

Result<Passage> Connection::send(std::span<const std::byte> message, Deadline deadline) {
  const Use use(*this);
  if (!use) return is_closed();
  if (!sends()) return one_way("receives");
  const TurnTaken turn(sending_, deadline);
  if (!turn) return Passage::timed_out;
  return writer_->send(message, deadline);
}

Result<Passage> Connection::receive(Deadline deadline, const TakePiece& take) {
  const Use use(*this);
  if (!use) return is_closed();
  if (!receives()) return one_way("sends");
  const TurnTaken turn(receiving_, deadline);
  if (!turn) return Passage::timed_out;
  auto passage = reader_->receive(deadline, take);
  if (watched_) reader_->settle();
  return passage;
}

Result<bool> Connection::poll(Deadline deadline) {
  const Use use(*this);
  if (!use) return is_closed();
  if (!receives()) return one_way("sends");
  return reader_->wait(deadline) != Waited::timed_out;
}

Result<int> Connection::fileno() {
  const Use use(*this);
  if (!use) return is_closed();
  if (!receives()) return writer_->socket();
  watched_ = true;
  reader_->settle();
  return reader_->socket();
}

Result<void> Connection::close() {
  std::uint32_t nobody = 0;
  if (uses_.compare_exchange_strong(nobody, kClosed)) {
    reader_.reset();
    writer_.reset();
    return {};
  }
  if ((nobody & kClosed) != 0) return {};
  return Error(Status::refused, "pipe: an end that another thread is using cannot be closed");
}

bool Connection::closed() const {
  return (uses_.load() & kClosed) != 0;
}

std::vector<int> Connection::descriptors() const {
  std::vector<int> all;
  if (closed()) return all;
  all.push_back(memory_->fd());
  if (reader_) all.push_back(reader_->socket());
  if (writer_) all.push_back(writer_->socket());
  return all;
}

// The dead one may have owed the other side the byte that wakes it.
bool Connection::bury(Party) {
  const Use use(*this);
  if (!use) return true;
  if (reader_) reader_->wake_other_side();
  if (writer_) writer_->wake_other_side();
  return true;
}

}  // namespace penstock::sync
