#include "sync/managed/object_server.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "sync/managed/authentication.hpp"
#include "sync/managed/clients.hpp"
#include "sync/managed/server_line.hpp"

namespace penstock::sync {
namespace {

// What an event is about: one of these, the number of a listening socket, or that of a line.
constexpr std::uint64_t kLifeLine = 1u << 20;
constexpr std::uint64_t kStop = kLifeLine + 1;
constexpr std::uint64_t kFirstLine = kLifeLine + 2;

constexpr std::size_t kMostLines = 10'000;
constexpr std::size_t kMostStrangers = 256;
constexpr std::chrono::seconds kGrace{2};

std::uint64_t random_id() {
  const Nonce random = new_nonce();
  std::uint64_t id = 0;
  std::memcpy(&id, random.data(), sizeof id);
  return id == 0 ? 1 : id;
}

bool is_tcp(int socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  return domain != AF_UNIX;
}

}  // namespace

ObjectServer::ObjectServer(Options options)
    : options_(std::move(options)),
      host_{static_cast<std::uint64_t>(::getpid()), random_id()},
      sessions_(store_),
      desk_(std::make_shared<FrontDesk>(store_, *this, [this] { shut_down(); })),
      last_line_(kFirstLine) {}

ObjectServer::~ObjectServer() = default;

Result<std::shared_ptr<ObjectServer>> ObjectServer::create(Options options) {
  std::shared_ptr<ObjectServer> server(new ObjectServer(std::move(options)));
  if (const auto prepared = server->prepare(); !prepared) return prepared.error();
  return server;
}

Result<void> ObjectServer::prepare() {
  events_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  stop_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  spare_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!events_ || !stop_ || !spare_) {
    return Error(Status::lack, "manager: no descriptors for a server: " + errno_text(errno));
  }
  if (const auto watched = watch(stop_.get(), EPOLLIN, kStop); !watched) return watched;
  if (options_.life_line) {
    const auto watched = watch(options_.life_line.get(), EPOLLIN | EPOLLRDHUP, kLifeLine);
    if (!watched) return watched;
  }
  for (std::size_t i = 0; i != options_.listening.size(); ++i) {
    if (const auto watched = watch(options_.listening[i].get(), EPOLLIN, i); !watched) {
      return watched;
    }
  }
  return {};
}

Result<void> ObjectServer::watch(int fd, std::uint32_t events, std::uint64_t what) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = what;
  if (::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return {};
  return Error(Status::lack, "manager: a descriptor cannot be watched: " + errno_text(errno));
}

Result<std::shared_ptr<ObjectClient>> ObjectServer::client() const {
  return Clients::of_this_process().client(options_.address, options_.key);
}

bool ObjectServer::run() {
  std::array<epoll_event, 64> events;
  while (!stopping_) {
    const int count = ::epoll_wait(events_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) take_event(events[static_cast<std::size_t>(i)].data.u64);
  }
  return end();
}

void ObjectServer::shut_down() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(stop_.get(), &one, sizeof one);
}

void ObjectServer::take_event(std::uint64_t what) {
  if (what < options_.listening.size()) return admit_all(options_.listening[what].get());
  if (what < kFirstLine) {
    stopping_ = true;
    return;
  }
  std::shared_ptr<ServerLine> line;
  {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(what);
    if (found != lines_.end()) line = found->second;
  }
  if (line != nullptr) line->hang_up();
}

void ObjectServer::admit_all(int listening) {
  for (;;) {
    UniqueFd socket(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    if (socket) {
      admit(std::move(socket));
    } else if (errno == EMFILE || errno == ENFILE) {
      turn_one_away(listening);
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

// Without a descriptor for it, a client would wait for ever, and the listening socket would not let
// the server sleep.
void ObjectServer::turn_one_away(int listening) {
  spare_.reset();
  UniqueFd(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC)).reset();
  spare_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// Whoever is not admitted finds the connection closed.
void ObjectServer::admit(UniqueFd socket) {
  const bool over_tcp = is_tcp(socket.get());
  auto line = std::make_shared<ServerLine>(*this, std::move(socket), over_tcp);
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (lines_.size() >= kMostLines || strangers_ >= kMostStrangers) return;
    number = ++last_line_;
    lines_.emplace(number, line);
    ++strangers_;
  }
  if (!watch(line->fd(), EPOLLRDHUP | EPOLLONESHOT, number)) {
    has_spoken();
    return leave(number);
  }
  try {
    std::thread([self = shared_from_this(), line, number]() mutable {
      try {
        line->serve();
      } catch (const std::exception&) {  // no memory: this client has to do without
      }
      line.reset();
      self->leave(number);
    }).detach();
  } catch (const std::system_error&) {  // no more threads
    has_spoken();
    leave(number);
  }
}

void ObjectServer::has_spoken() {
  const std::lock_guard lock(mutex_);
  --strangers_;
}

void ObjectServer::leave(std::uint64_t line) {
  std::shared_ptr<ServerLine> left;  // goes without the lock, and what its client held with it
  {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(line);
    left = std::move(found->second);
    lines_.erase(found);
  }
  left.reset();
  const std::lock_guard lock(mutex_);
  left_.notify_all();
}

bool ObjectServer::end() {
  // While it still listens, nobody else takes the file over.
  if (!options_.file.empty()) ::unlink(options_.file.c_str());
  for (UniqueFd& listening : options_.listening) listening.reset();
  std::unique_lock lock(mutex_);
  std::vector<std::shared_ptr<ServerLine>> lines;
  for (const auto& [number, line] : lines_) lines.push_back(line);
  lock.unlock();
  for (const auto& line : lines) line->close();
  lines.clear();
  lock.lock();
  return left_.wait_for(lock, kGrace, [&] { return lines_.empty(); });
}

}  // namespace penstock::sync
