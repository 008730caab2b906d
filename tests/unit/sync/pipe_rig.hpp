// What tests of pipes have in common: messages whose bytes tell where they belong, and the whole of
// one message received.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sync/connection.hpp"

namespace penstock::sync {

using Message = std::vector<std::byte>;

// Of any size; two that differ in number or size differ in content, and no part is like another.
class Content {
 public:
  Content(std::size_t size, std::uint64_t number) : state_(number * 0x9e3779b97f4a7c15 + size) {}
  std::uint64_t next() { return state_ = state_ * 6364136223846793005 + 1442695040888963407; }

 private:
  std::uint64_t state_;
};

inline Message message_of(std::size_t size, std::uint64_t number = 0) {
  Message message(size);
  Content content(size, number);
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t word = content.next();
    std::memcpy(message.data() + i, &word, std::min<std::size_t>(8, size - i));
  }
  return message;
}

inline bool is_message(std::span<const std::byte> message, std::uint64_t number = 0) {
  Content content(message.size(), number);
  for (std::size_t i = 0; i < message.size(); i += 8) {
    const std::uint64_t word = content.next();
    if (std::memcmp(message.data() + i, &word, std::min<std::size_t>(8, message.size() - i)) != 0) {
      return false;
    }
  }
  return true;
}

inline TakePiece into(Message& message) {
  return [&message](std::uint64_t total, std::uint64_t offset, std::span<const std::byte> piece) {
    if (offset == 0) {
      message.clear();
      message.reserve(total);
    }
    if (offset != message.size() || offset + piece.size() > total) throw std::logic_error("order");
    message.insert(message.end(), piece.begin(), piece.end());
  };
}

inline std::pair<Passage, Message> receive(Connection& end, Deadline deadline = kForever) {
  Message message;
  const Passage passage = end.receive(deadline, into(message)).value();
  return {passage, std::move(message)};
}

inline Passage send(Connection& end, const Message& message, Deadline deadline = kForever) {
  return end.send(message, deadline).value();
}

// Sends back whatever comes, until the other side is gone.
inline bool echo(Connection& end) {
  for (Message message;;) {
    const Passage passage = end.receive(kForever, into(message)).value();
    if (passage == Passage::gone) return true;
    if (passage != Passage::done || end.send(message, kForever).value() != Passage::done) {
      return false;
    }
  }
}

}  // namespace penstock::sync
