#include "sync/managed/address.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>

namespace penstock::sync {
namespace {

constexpr int kBacklog = 1024;
constexpr int kConnectSeconds = 30;

Error cannot(const char* what, const Address& address, int number) {
  const bool lack = number == EMFILE || number == ENFILE || number == ENOMEM || number == ENOBUFS;
  return Error(
      lack ? Status::lack : Status::refused,
      std::string("manager: ") + what + " " + to_text(address) + ": " + errno_text(number));
}

struct UnixName {
  sockaddr_un address{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

Result<UnixName> unix_name(const Address& address) {
  UnixName name;
  name.address.sun_family = AF_UNIX;
  if (address.name.size() + 1 > sizeof name.address.sun_path) {
    return Error(Status::refused, "manager: the address " + to_text(address) +
                                      " is too long for a Unix socket: at most " +
                                      std::to_string(sizeof name.address.sun_path - 1) + " bytes");
  }
  // A nameless one begins with a zero byte and ends with its length, a path ends with a zero byte.
  const bool nameless = address.kind == Address::Kind::nameless;
  std::memcpy(name.address.sun_path + (nameless ? 1 : 0), address.name.data(), address.name.size());
  name.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.name.size() + 1);
  return name;
}

Result<UniqueFd> new_socket(const Address& address, int family, int flags) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) return cannot("no socket for", address, errno);
  return fd;
}

// A server whose queue is full lets a connecting process wait: not for ever.
int connect_within(int fd, const sockaddr* address, socklen_t size) {
  const timeval limit{kConnectSeconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  int result = 0;
  do {
    result = ::connect(fd, address, size);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno;
  const timeval none{};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
  return 0;
}

Result<UniqueFd> connect_unix(const Address& address) {
  const Result<UnixName> name = unix_name(address);
  if (!name) return name.error();
  Result<UniqueFd> fd = new_socket(address, AF_UNIX, 0);
  if (!fd) return fd;
  if (const int failure = connect_within(fd->get(), name->get(), name->size); failure != 0) {
    return cannot("cannot connect to", address, failure);
  }
  return fd;
}

// A socket's file that nobody listens at.
bool is_left_behind(const Address& address, const UnixName& name) {
  struct stat status {};
  if (::lstat(address.name.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return fd && ::connect(fd.get(), name.get(), name.size) != 0 && errno == ECONNREFUSED;
}

Result<UniqueFd> listen_unix(const Address& address) {
  const Result<UnixName> name = unix_name(address);
  if (!name) return name.error();
  Result<UniqueFd> fd = new_socket(address, AF_UNIX, SOCK_NONBLOCK);
  if (!fd) return fd;
  const bool file = address.kind == Address::Kind::path;
  bool bound = ::bind(fd->get(), name->get(), name->size) == 0;
  if (!bound && errno == EADDRINUSE && file) {
    if (is_left_behind(address, *name)) ::unlink(address.name.c_str());
    bound = ::bind(fd->get(), name->get(), name->size) == 0;
  }
  // Nobody can connect before it listens, so there is no moment with another mode.
  if (!bound || (file && ::chmod(address.name.c_str(), 0600) != 0) ||
      ::listen(fd->get(), kBacklog) != 0) {
    return cannot("cannot listen at", address, errno);
  }
  return fd;
}

struct FreeInfo {
  void operator()(addrinfo* info) const { ::freeaddrinfo(info); }
};
using Hosts = std::unique_ptr<addrinfo, FreeInfo>;

Result<Hosts> resolve(const Address& address, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int failure = ::getaddrinfo(address.name.c_str(), port.c_str(), &hints, &found);
  if (failure != 0) {
    return Error(Status::refused, "manager: the host of " + to_text(address) +
                                      " is not known: " + ::gai_strerror(failure));
  }
  return Hosts(found);
}

Result<UniqueFd> connect_tcp(const Address& address) {
  const Result<Hosts> found = resolve(address, 0);
  if (!found) return found.error();
  int failure = ECONNREFUSED;
  for (const addrinfo* one = found->get(); one != nullptr; one = one->ai_next) {
    Result<UniqueFd> fd = new_socket(address, one->ai_family, 0);
    if (!fd) return fd;
    failure = connect_within(fd->get(), one->ai_addr, one->ai_addrlen);
    if (failure == 0) return fd;
  }
  return cannot("cannot connect to", address, failure);
}

std::uint16_t port_of(int fd) {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } bound{};
  socklen_t size = sizeof bound;
  ::getsockname(fd, &bound.any, &size);
  return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

Result<UniqueFd> listen_tcp(Address& address) {
  const Result<Hosts> found = resolve(address, AI_PASSIVE);
  if (!found) return found.error();
  int failure = EADDRNOTAVAIL;
  for (const addrinfo* one = found->get(); one != nullptr; one = one->ai_next) {
    Result<UniqueFd> fd = new_socket(address, one->ai_family, SOCK_NONBLOCK);
    if (!fd) return fd;
    const int yes = 1;
    ::setsockopt(fd->get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(fd->get(), one->ai_addr, one->ai_addrlen) == 0 &&
        ::listen(fd->get(), kBacklog) == 0) {
      address.port = port_of(fd->get());
      return fd;
    }
    failure = errno;
  }
  return cannot("cannot listen at", address, failure);
}

Error no_address(std::string_view text, const char* why) {
  return Error(Status::refused, "manager: '" + std::string(text) + "' is no address: " + why +
                                    "; write unix:/PATH, unix:@NAME or tcp:HOST:PORT");
}

Result<Address> parse_unix(std::string_view text, std::string_view rest) {
  const bool nameless = rest.starts_with('@');
  if (!nameless && !rest.starts_with('/')) {
    return no_address(text, "the path does not begin with /");
  }
  Address address;
  address.kind = nameless ? Address::Kind::nameless : Address::Kind::path;
  address.name = nameless ? rest.substr(1) : rest;
  if (address.name.empty()) return no_address(text, "it has no name");
  if (address.name.find_first_of(std::string_view("#\0", 2)) != std::string::npos) {
    return no_address(text, "there is a # or a zero byte in its name");
  }
  return address;
}

Result<Address> parse_tcp(std::string_view text, std::string_view rest) {
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return no_address(text, "it has no port");
  Address address;
  address.kind = Address::Kind::tcp;
  const std::string_view port = rest.substr(colon + 1);
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (failure != std::errc{} || end != port.data() + port.size()) {
    return no_address(text, "its port is no number up to 65535");
  }
  std::string_view host = rest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return no_address(text, "an IPv6 address stands in brackets");
  }
  if (host.empty()) return no_address(text, "it has no host");
  if (host.find_first_of(std::string_view("#\0", 2)) != std::string_view::npos) {
    return no_address(text, "there is a # or a zero byte in its host");
  }
  address.name = host;
  return address;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix(text, text.substr(5));
  if (text.starts_with("tcp:")) return parse_tcp(text, text.substr(4));
  return no_address(text, "it begins with neither unix: nor tcp:");
}

std::string to_text(const Address& address) {
  switch (address.kind) {
    case Address::Kind::nameless:
      return "unix:@" + address.name;
    case Address::Kind::path:
      return "unix:" + address.name;
    default:
      break;
  }
  const bool brackets = address.name.find(':') != std::string::npos;
  return (brackets ? "tcp:[" + address.name + "]" : "tcp:" + address.name) + ":" +
         std::to_string(address.port);
}

Address new_address() {
  std::array<unsigned char, 16> random{};
  while (::getrandom(random.data(), random.size(), 0) < 0 && errno == EINTR) {
  }
  Address address;
  address.name = "penstock-";
  for (const unsigned char byte : random) {
    constexpr char digits[] = "0123456789abcdef";
    address.name += digits[byte >> 4];
    address.name += digits[byte & 15];
  }
  return address;
}

Result<UniqueFd> listen_at(Address& address) {
  return address.kind == Address::Kind::tcp ? listen_tcp(address) : listen_unix(address);
}

Result<UniqueFd> connect_to(const Address& address) {
  return address.kind == Address::Kind::tcp ? connect_tcp(address) : connect_unix(address);
}

}  // namespace penstock::sync
