#include "pool/link.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "ipc/doorbell.hpp"
#include "ipc/sleep.hpp"
#include "ipc/withdrawal.hpp"

namespace penstock {
namespace {

Result<std::pair<UniqueFd, ipc::Mapping>> create_own(std::size_t bytes) {
  auto fd = ipc::create_extent(bytes);
  if (!fd) return fd.error();
  auto mapping = ipc::map_owned(fd.value(), bytes);
  if (!mapping) return mapping.error();
  return std::pair(std::move(fd.value()), std::move(mapping.value()));
}

}  // namespace

Result<EngineBoard> EngineBoard::create() {
  auto own = create_own(sizeof(ipc::Board));
  if (!own) return own.error();
  EngineBoard board;
  board.fd_ = std::move(own->first);
  board.mapping_ = std::move(own->second);
  new (board.mapping_.data()) ipc::Board{};
  return board;
}

void EngineBoard::set_sleeping(bool sleeping) {
  auto& word = reinterpret_cast<ipc::Board*>(mapping_.data())->sleeping;
  if (sleeping) {
    ipc::begin_sleep(word);
  } else {
    ipc::end_sleep(word);
  }
}

Result<Link> Link::create(WorkerId worker, ExtentTable& extents, const EngineBoard& board,
                          const LinkTerms& terms) {
  auto ends = ipc::create_channel();
  if (!ends) return ends.error();
  auto bell = ipc::create_bell();
  if (!bell) return bell.error();
  auto own = create_own(sizeof(ipc::EngineHome));
  if (!own) return own.error();
  auto home = extents.create(worker, ipc::kWorkerHomeBytes);
  if (!home) return home.error();
  auto view = ipc::map_unsealed(extents.fd(home.value()), ipc::kWorkerHomeBytes);
  if (!view) return view.error();

  Link link(std::move(ends->first));
  link.worker_end_ = std::move(ends->second);
  link.bell_ = std::move(bell.value());
  link.engine_home_ = std::move(own->second);
  link.worker_home_ = std::move(view.value());
  new (link.engine_home_.data()) ipc::EngineHome{};
  link.writer_ = ipc::RingWriter(&link.engine_home().ring, &link.worker_home().head);
  link.reader_ = ipc::RingReader(&link.worker_home().ring, &link.engine_home().head);

  std::vector<UniqueFd> fds;
  for (const int fd :
       {board.fd().get(), own->first.get(), extents.fd(home.value()).get(), link.bell_.get()}) {
    auto copy = duplicate(fd);
    if (!copy) return copy.error();
    fds.push_back(std::move(copy.value()));
  }
  if (terms.standard_output || terms.prints) {
    auto copy = duplicate(STDOUT_FILENO);
    if (copy) fds.push_back(std::move(copy.value()));  // a closed one is the sink's to report
  }
  const ipc::HelloOrder hello{home.value(), terms.party, terms.prints, terms.sandbox};
  if (auto sent = link.send_letter(ipc::LetterKind::hello, encode(hello), std::move(fds)); !sent) {
    return sent.error();
  }
  return link;
}

void Link::send(const ipc::Descriptor& descriptor) {
  if (waiting_.empty() && writer_.room() > 0) {
    writer_.push(descriptor);
  } else {
    waiting_.push_back(descriptor);
  }
}

void Link::send_freed(std::uint32_t extent, std::uint64_t offset) {
  const ipc::FreedBlock freed{extent, static_cast<std::uint32_t>(offset / 64)};
  std::memcpy(freed_.body + freed_.extra * sizeof freed, &freed, sizeof freed);
  if (++freed_.extra == ipc::kFreedPerDescriptor) {
    freed_.kind = ipc::Kind::free_blocks;
    send(freed_);
    freed_ = {};
  }
}

Result<void> Link::send_letter(ipc::LetterKind kind, std::string body, std::vector<UniqueFd> fds) {
  ipc::Letter letter;
  letter.kind = static_cast<std::uint32_t>(kind);
  letter.body = std::move(body);
  letter.fds = std::move(fds);
  return channel_.send(std::move(letter));
}

void Link::flush() {
  if (freed_.extra > 0) {
    freed_.kind = ipc::Kind::free_blocks;
    send(freed_);
    freed_ = {};
  }
  while (!waiting_.empty() && writer_.room() > 0) {
    writer_.push(waiting_.front());
    waiting_.pop_front();
  }
  if (!writer_.has_unpublished()) return;
  writer_.publish();
  if (ipc::needs_wake(worker_home().sleeping)) ipc::wake(engine_home().ring.tail);
}

std::uint64_t Link::withdraw(std::uint64_t last) {
  return ipc::withdraw(engine_home().withdrawn, line(), last);
}

void Link::accept_unpublished() {
  reader_.accept_unpublished(line().tail.load(std::memory_order_acquire));
}

bool Link::unheard() const {
  return static_cast<std::int32_t>(line().tail.load(std::memory_order_acquire) -
                                   reader_.position()) > 0;
}

std::string Link::modules() const {
  const char* begin = worker_home().modules;
  return std::string(begin, ::strnlen(begin, ipc::kModuleTableBytes));
}

}  // namespace penstock
