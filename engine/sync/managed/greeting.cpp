#include "sync/managed/greeting.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/units.hpp"
#include "ipc/doorbell.hpp"
#include "sync/managed/authentication.hpp"
#include "sync/managed/message_reader.hpp"

namespace penstock::sync {
namespace {

constexpr std::string_view kName = "penstock manager";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kLargest = 1024;  // nobody has shown yet who he is

enum class Answer : std::uint64_t { welcome, challenge, refusal };

std::string_view view(const auto& array) {
  return {array.data(), array.size()};
}

void put_answer(CborWriter& out, Answer answer) {
  out.natural(static_cast<std::uint64_t>(answer));
}

// Over TCP the death of a whole machine shows only by its silence.
void watch_for_silence(int fd) {
  const auto set = [fd](int level, int name, int value) {
    ::setsockopt(fd, level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 25'000);
}

std::uint64_t end_of(std::chrono::nanoseconds patience) {
  return ipc::monotonic_ns() + static_cast<std::uint64_t>(patience.count());
}

Error ended(const Address& address, Got got,
            std::chrono::nanoseconds patience = kGreetingPatience) {
  const std::string who = "manager: the server at " + to_text(address);
  switch (got) {
    case Got::late:
      return Error(Status::gave_up, who + " has not answered within " + duration_text(patience) +
                                        ": it hangs, or it is none");
    case Got::broken:
      return Error(Status::refused, who + " is none of this version of Penstock");
    default:
      return Error(Status::refused, who +
                                        " has closed the connection: it has ended, or it takes "
                                        "no more");
  }
}

Error refuse(Conduit& conduit, const std::string& why) {
  std::string frame;
  CborWriter out(frame);
  put_answer(out, Answer::refusal);
  out.text(why);
  conduit.stream().send(frame);
  return Error(Status::refused, "manager: " + why);
}

// The client's proof, in answer to the server's nonce; a nonce of its own goes with it.
Result<Nonce> answer_challenge(Conduit& conduit, const Address& address, const std::string& key,
                               std::string_view of_server) {
  if (key.empty()) {
    return Error(Status::refused,
                 "manager: the server at " + to_text(address) +
                     " wants a key: call Manager::connect(address, key) in this process first, or "
                     "set PENSTOCK_MANAGER_KEY");
  }
  if (const auto good = check_key(key); !good) return good.error();
  Nonce theirs{};
  if (of_server.size() != theirs.size()) return ended(address, Got::broken);
  std::copy(of_server.begin(), of_server.end(), theirs.begin());
  const Nonce ours = new_nonce();
  std::string frame;
  CborWriter out(frame);
  out.bytes(as_bytes(view(ours)));
  out.bytes(as_bytes(proof(key, Prover::client, theirs, ours)));
  if (!conduit.stream().send(frame)) return ended(address, Got::gone);
  return ours;
}

Result<void> demand_proof(Conduit& conduit, const std::string& key, std::uint64_t deadline,
                          std::string& of_server) {
  const Nonce ours = new_nonce();
  std::string frame;
  CborWriter out(frame);
  put_answer(out, Answer::challenge);
  out.bytes(as_bytes(view(ours)));
  if (!conduit.stream().send(frame) ||
      conduit.stream().receive(frame, kLargest, deadline) != Got::frame) {
    return Error(Status::refused, "manager: a client does not say who it is");
  }
  MessageReader in(frame);
  const std::string_view nonce = in.bytes();
  const std::string_view shown = in.bytes();
  Nonce theirs{};
  if (!in.done() || nonce.size() != theirs.size()) {
    return Error(Status::refused, "manager: a client does not keep to the form");
  }
  std::copy(nonce.begin(), nonce.end(), theirs.begin());
  if (!same_proof(shown, proof(key, Prover::client, ours, theirs))) {
    return refuse(conduit, "the key is not that of the server");
  }
  of_server = proof(key, Prover::server, ours, theirs);
  return {};
}

}  // namespace

Result<Host> greet_server(Conduit& conduit, const Address& address, const std::string& key,
                          const Token& token, std::chrono::nanoseconds patience) {
  FrameStream& stream = conduit.stream();
  const std::uint64_t deadline = end_of(patience);
  const bool over_tcp = address.kind == Address::Kind::tcp;
  if (over_tcp) {
    watch_for_silence(stream.fd());
  } else if (const auto good = check_peer(stream.fd()); !good) {
    return good.error();
  }
  std::string frame;
  CborWriter out(frame);
  out.text(kName);
  out.natural(kVersion);
  out.bytes(as_bytes(view(token)));
  if (!stream.send(frame)) return ended(address, Got::gone);

  Nonce of_server{};
  Nonce of_client{};
  for (bool challenged = false;;) {
    UniqueFd memory;
    const Got got = stream.receive_with(frame, kLargest, memory, deadline);
    if (got != Got::frame) return ended(address, got, patience);
    MessageReader in(frame);
    const auto answer = static_cast<Answer>(in.natural());
    if (answer == Answer::refusal) {
      const std::string_view why = in.text();
      if (!in.done()) return ended(address, Got::broken);
      return Error(Status::refused,
                   "manager: the server at " + to_text(address) + " refuses: " + std::string(why));
    }
    if (answer == Answer::challenge && over_tcp && !challenged) {
      const std::string_view nonce = in.bytes();
      const auto ours = answer_challenge(conduit, address, key, nonce);
      if (!ours) return ours.error();
      std::copy(nonce.begin(), nonce.end(), of_server.begin());
      of_client = *ours;
      challenged = true;
      continue;
    }
    const std::string_view shown = in.bytes();
    const Host host{in.natural(), in.natural()};
    if (!in.done() || answer != Answer::welcome || over_tcp != challenged) {
      return ended(address, Got::broken);
    }
    if (over_tcp && !same_proof(shown, proof(key, Prover::server, of_server, of_client))) {
      return Error(Status::refused, "manager: the server at " + to_text(address) +
                                        " does not know the key: it is another one than meant");
    }
    if (memory) {
      Result<Mailbox> mailbox = Mailbox::open(memory, Mailbox::Side::client);
      if (!mailbox) return mailbox.error();
      conduit.attach(std::move(*mailbox));
    }
    return host;
  }
}

Result<Token> greet_client(Conduit& conduit, bool over_tcp, const std::string& key,
                           const Host& host, std::chrono::nanoseconds patience) {
  FrameStream& stream = conduit.stream();
  const std::uint64_t deadline = end_of(patience);
  if (over_tcp) {
    watch_for_silence(stream.fd());
  } else if (const auto good = check_peer(stream.fd()); !good) {
    return good.error();
  }
  std::string frame;
  if (stream.receive(frame, kLargest, deadline) != Got::frame) {
    return Error(Status::refused, "manager: a client does not say who it is");
  }
  MessageReader in(frame);
  const std::string_view name = in.text();
  const std::uint64_t version = in.natural();
  const std::string_view token = in.bytes();
  Token theirs{};
  if (!in.done() || name != kName || token.size() != theirs.size()) {
    return Error(Status::refused, "manager: a client does not keep to the form");
  }
  std::copy(token.begin(), token.end(), theirs.begin());
  if (version != kVersion) {
    return refuse(conduit, "it speaks version " + std::to_string(kVersion) +
                               " of the protocol, the client version " + std::to_string(version));
  }
  std::string shown;
  if (over_tcp) {
    if (const auto good = demand_proof(conduit, key, deadline, shown); !good) return good.error();
  }
  frame.clear();
  CborWriter out(frame);
  put_answer(out, Answer::welcome);
  out.bytes(as_bytes(shown));
  out.natural(host.pid);
  out.natural(host.id);

  // Without memory for a mailbox the socket carries everything.
  UniqueFd memory;
  if (!over_tcp) {
    if (Result<UniqueFd> made = Mailbox::create()) {
      if (Result<Mailbox> mailbox = Mailbox::open(*made, Mailbox::Side::server)) {
        conduit.attach(std::move(*mailbox));
        memory = std::move(*made);
      }
    }
  }
  if (!stream.send_with(frame, memory.get())) {
    return Error(Status::refused, "manager: a client left before it was welcome");
  }
  return theirs;
}

}  // namespace penstock::sync
