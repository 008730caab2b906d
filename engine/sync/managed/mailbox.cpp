#include "sync/managed/mailbox.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace penstock::sync {

Result<UniqueFd> Mailbox::create() {
  return ipc::create_extent(2 * kSlotBytes);
}

Result<Mailbox> Mailbox::open(const UniqueFd& memory, Side side) {
  struct stat status {};
  constexpr int fixed = F_SEAL_SHRINK | F_SEAL_GROW;
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0 || (seals & fixed) != fixed || ::fstat(memory.get(), &status) != 0 ||
      status.st_size < static_cast<off_t>(2 * kSlotBytes)) {
    return Error(Status::gave_up, "manager: the memory of a connection has no fixed size");
  }
  void* data = ::mmap(nullptr, 2 * kSlotBytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (data == MAP_FAILED) {
    return Error(Status::lack, "manager: no memory for a connection: " + errno_text(errno));
  }
  return Mailbox(ipc::Mapping(static_cast<std::byte*>(data), 2 * kSlotBytes), side);
}

bool Mailbox::post(std::string_view head, std::string_view body) {
  Slot& slot = theirs();
  const std::size_t size = head.size() + body.size();
  const bool fits = size <= sizeof slot.data;
  if (fits) {
    std::memcpy(slot.data, head.data(), head.size());
    std::memcpy(slot.data + head.size(), body.data(), body.size());
  }
  slot.size = fits ? static_cast<std::uint32_t>(size) : kBySocket;
  slot.turn.store(++posted_, std::memory_order_release);
  return fits;
}

Mailbox::Taken Mailbox::take(std::string& message) {
  Slot& slot = mine();
  seen_ = slot.turn.load(std::memory_order_acquire);
  const std::uint32_t size = *static_cast<volatile std::uint32_t*>(&slot.size);
  if (size != kBySocket && size > sizeof slot.data) return Taken::broken;
  if (size != kBySocket) message.assign(slot.data, size);
  slot.taken.store(seen_, std::memory_order_release);
  return size == kBySocket ? Taken::by_socket : Taken::here;
}

}  // namespace penstock::sync
