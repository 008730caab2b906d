// What a worker can do to its engine through the memory that they share. The attacker finds that
// memory as any plugin could: in /proc/self/maps. Everything it does follows from its seed, as far
// as the order of events does not matter to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "ipc/segment.hpp"

namespace hostile {

class Attacker {
 public:
  explicit Attacker(std::uint64_t seed) : random_(seed) {}

  // One attack: scribble, home, descriptors, answers, line, cursors, crash, pages, letters, swell,
  // keep, any; or "lie " and one of those in lie.cpp.
  // Throws std::invalid_argument where there is none of that name.
  void strike(const std::string& how);

  // One way out, or none: it returns, throws, ends its process, or does not come back. With `wild`
  // a child of the process goes on with the attack for a while after its death.
  void leave();

  bool chance(unsigned one_in) { return random_() % one_in == 0; }

 private:
  using Bytes = std::span<std::byte>;

  void find_segments();
  void scribble(std::size_t times, bool only_home);
  void send_descriptors(std::size_t count);
  void send_answers(std::size_t count);
  void damage_line();
  void damage_cursors();
  void damage_crash_record();
  void damage_outputs();
  void damage_channel();
  void name_much();
  void keep_withdrawn();
  void lie(const std::string& what);
  void claim_all_begun();
  void publish_what_calls_said();

  penstock::ipc::Descriptor forged();
  void publish(const penstock::ipc::Descriptor& descriptor);
  void ring_bells();
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  std::uint64_t odd_number();  // of the kinds that checks get wrong
  std::uint32_t odd_cursor(std::uint32_t near);

  std::mt19937_64 random_;
  std::vector<Bytes> writable_;
  penstock::ipc::WorkerHome* home_ = nullptr;
  const penstock::ipc::EngineHome* engine_ = nullptr;
  std::vector<int> bells_;
};

}  // namespace hostile
