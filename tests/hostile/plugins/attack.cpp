#include "attack.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace hostile {

using penstock::ipc::BlockRef;
using penstock::ipc::Descriptor;
using penstock::ipc::EngineHome;
using penstock::ipc::Kind;
using penstock::ipc::kRingSlots;
using penstock::ipc::Where;
using penstock::ipc::WorkerHome;

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kMuch = 512u << 10;  // of a page of outputs, more than its maker has
constexpr auto kPatience = std::chrono::milliseconds(200);
constexpr auto kAfterlife = std::chrono::milliseconds(50);

std::size_t whole_pages(std::size_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace

void Attacker::find_segments() {
  writable_.clear();
  bells_.clear();
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long long start = 0;
    unsigned long long end = 0;
    char perms[5] = {};
    if (line.find("memfd:penstock") == std::string::npos ||
        std::sscanf(line.c_str(), "%llx-%llx %4s", &start, &end, perms) != 3) {
      continue;
    }
    auto* data = reinterpret_cast<std::byte*>(start);
    const std::size_t size = end - start;
    if (perms[1] == 'w') {
      writable_.emplace_back(data, size);
      if (size == penstock::ipc::kWorkerHomeBytes) home_ = reinterpret_cast<WorkerHome*>(data);
    } else if (size == whole_pages(sizeof(EngineHome))) {
      engine_ = reinterpret_cast<const EngineHome*>(data);
    }
  }
  if (DIR* folder = ::opendir("/proc/self/fd")) {
    while (const dirent* entry = ::readdir(folder)) {
      char target[64] = {};
      const std::string path = std::string("/proc/self/fd/") + entry->d_name;
      if (::readlink(path.c_str(), target, sizeof target - 1) > 0 &&
          std::string_view(target) == "anon_inode:[eventfd]") {
        bells_.push_back(std::atoi(entry->d_name));
      }
    }
    ::closedir(folder);
  }
  if (home_ == nullptr || engine_ == nullptr) throw std::logic_error("no segments to attack");
}

void Attacker::strike(const std::string& how) {
  find_segments();
  static constexpr std::array names{"scribble", "home",    "descriptors", "answers",
                                    "line",     "cursors", "crash",       "pages",
                                    "letters",  "swell",   "keep"};
  const std::string name = how == "any" ? names[pick(names.size())] : how;
  if (name == "scribble") {
    scribble(200, false);
  } else if (name == "home") {
    scribble(500, true);
  } else if (name == "descriptors") {
    send_descriptors(1 + pick(5000));
  } else if (name == "answers") {
    send_answers(1 + pick(300));
  } else if (name == "line") {
    damage_line();
  } else if (name == "cursors") {
    damage_cursors();
  } else if (name == "crash") {
    damage_crash_record();
  } else if (name == "pages") {
    damage_outputs();
  } else if (name == "letters") {
    damage_channel();
  } else if (name == "swell") {
    name_much();
  } else if (name == "keep") {
    keep_withdrawn();
  } else if (name.starts_with("lie ")) {
    lie(name.substr(4));
  } else {
    throw std::invalid_argument("no such attack: " + how);
  }
  ring_bells();
}

void Attacker::leave() {
  if (chance(8) && ::fork() == 0) {
    const auto until = std::chrono::steady_clock::now() + kAfterlife;
    while (std::chrono::steady_clock::now() < until) scribble(10, chance(2));
    ::_exit(0);
  }
  switch (pick(8)) {
    case 0:
      if (chance(4)) throw std::runtime_error("\xff\x1b[31m no text \n at all");
      break;
    case 1:
      ::_exit(static_cast<int>(pick(256)));
    case 2:
      ::raise(SIGSEGV);
      break;
    case 3:
      ::raise(SIGKILL);
      break;
    case 4:
      // Until its time is up, with a try at an extension.
      for (;;) {
        home_->line.began_at.store(home_->line.began_at.load() + pick(10'000'000));
        if (chance(4)) send_descriptors(3);
        std::this_thread::yield();
      }
    default:
      break;
  }
}

void Attacker::scribble(std::size_t times, bool only_home) {
  for (; times > 0; --times) {
    Bytes segment = writable_[pick(writable_.size())];
    if (only_home) segment = {reinterpret_cast<std::byte*>(home_), sizeof(WorkerHome)};
    const std::size_t length = 1 + pick(chance(10) ? 4096 : 16);
    const std::size_t at = pick(segment.size() - length);
    const int kind = static_cast<int>(pick(4));
    for (std::size_t i = 0; i < length; ++i) {
      segment[at + i] = kind == 0   ? std::byte{0xff}
                        : kind == 1 ? std::byte{0}
                                    : static_cast<std::byte>(random_());
    }
  }
}

std::uint64_t Attacker::odd_number() {
  static constexpr std::array<std::uint64_t, 16> odd{
      0,           1,           63,          64,        1023,      1024,
      1025,        65535,       65536,       1u << 20,  16u << 20, (16u << 20) + 1,
      1ull << 32u, 1ull << 46u, 1ull << 63u, UINT64_MAX};
  switch (pick(4)) {
    case 0:
      return random_();
    case 1:
      return pick(32);
    case 2:
      return pick(1u << 20) & ~63u;
    default:
      return odd[pick(odd.size())] + pick(3) - 1;
  }
}

std::uint32_t Attacker::odd_cursor(std::uint32_t near) {
  switch (pick(4)) {
    case 0:
      return static_cast<std::uint32_t>(random_());
    case 1:
      return near + static_cast<std::uint32_t>(pick(kRingSlots));
    case 2:
      return near - static_cast<std::uint32_t>(pick(kRingSlots));
    default:
      return near + kRingSlots - 2 + static_cast<std::uint32_t>(pick(4));
  }
}

Descriptor Attacker::forged() {
  Descriptor made;
  made.kind =
      static_cast<Kind>(chance(20) ? random_() : static_cast<unsigned>(Kind::output) + pick(12));
  made.where = static_cast<Where>(chance(20) ? random_() : pick(4));
  made.inline_size = static_cast<std::uint8_t>(chance(3) ? random_() : pick(49));
  made.code = static_cast<std::uint8_t>(chance(5) ? random_() : pick(4));
  made.stage = static_cast<std::uint16_t>(chance(5) ? random_() : pick(6));
  made.extra = static_cast<std::uint16_t>(chance(2) ? pick(3) : odd_number());
  const std::uint64_t began = home_->line.began.load();
  made.call = chance(10) ? odd_number() : began + (chance(4) ? pick(5) - 2 : 0);
  if (made.where == Where::block || made.where == Where::input || made.kind == Kind::page) {
    BlockRef block;
    block.extent = static_cast<std::uint32_t>(chance(10) ? odd_number() : pick(24));
    block.piece = static_cast<std::uint32_t>(pick(8));
    block.offset = odd_number();
    block.size =
        made.kind == Kind::page && chance(2) ? made.extra * sizeof(Descriptor) : odd_number();
    made.set_body(block);
  } else if (chance(2)) {
    made.set_body(odd_number());
  } else {
    for (std::byte& byte : made.body) byte = static_cast<std::byte>(random_());
  }
  return made;
}

// As the ring's producer would, as far as the engine leaves room; else it waits for a moment.
void Attacker::publish(const Descriptor& descriptor) {
  const std::uint32_t tail = home_->ring.tail.load();
  for (int i = 0; i < 1000 && tail - engine_->head.load() >= kRingSlots; ++i) {
    ring_bells();
    std::this_thread::yield();
  }
  home_->ring.slots[tail % kRingSlots] = descriptor;
  home_->ring.tail.store(tail + 1, std::memory_order_release);
}

void Attacker::send_descriptors(std::size_t count) {
  for (; count > 0; --count) publish(forged());
}

// Well-formed answers to the calls that wait, without a look at them, lies in between.
void Attacker::send_answers(std::size_t count) {
  const std::uint64_t first = home_->line.began.load();
  for (std::uint64_t call = first; call < first + count; ++call) {
    Descriptor made;
    made.call = call;
    for (std::uint64_t outputs = pick(4); outputs > 0; --outputs) {
      made.kind = Kind::output;
      made.set_inline(std::as_bytes(std::span("forged", 6)));
      publish(chance(50) ? forged() : made);
    }
    made = Descriptor();
    made.kind = Kind::done;
    made.call = call;
    made.code = static_cast<std::uint8_t>(chance(10) ? pick(4) : 0);
    publish(made);
    if (chance(10)) home_->line.end(call, home_->ring.tail.load());
    if (chance(10)) ring_bells();
  }
}

void Attacker::damage_line() {
  auto& line = home_->line;
  if (chance(2)) line.began.store(chance(2) ? odd_number() : line.began.load() + pick(3) - 1);
  if (chance(2)) line.began_at.store(chance(2) ? odd_number() : line.began_at.load() + random_());
  if (chance(2)) line.ended.store(odd_number());
  if (chance(2)) line.tail.store(odd_cursor(home_->ring.tail.load()));
}

void Attacker::damage_cursors() {
  if (chance(2)) home_->ring.tail.store(odd_cursor(home_->ring.tail.load()));
  if (chance(2)) home_->head.store(odd_cursor(engine_->ring.tail.load()));
  if (chance(2)) home_->sleeping.store(static_cast<std::uint32_t>(odd_number()));
}

void Attacker::damage_crash_record() {
  auto& record = home_->crash;
  record.code = static_cast<std::int32_t>(random_());
  record.frame_count = static_cast<std::uint32_t>(odd_number());
  for (std::uint64_t& frame : record.frames) frame = odd_number();
  const char* const table[] = {"0 ffffffffffffffff 0 /dev/zero\n",
                               "0 ffffffffffffffff 0 /proc/self/mem\n",
                               "0 ffffffffffffffff ffffffffffffffff \n",
                               "zz\n\n\n 1 2\n",
                               "1 2 3 \n",
                               "%s%n%s%n\n"};
  for (std::size_t at = 0; at + 64 < sizeof home_->modules;) {
    const char* line = table[pick(std::size(table))];
    std::memcpy(home_->modules + at, line, std::strlen(line));
    at += std::strlen(line);
  }
  if (chance(2)) std::memset(home_->modules, 'x', sizeof home_->modules);
  record.signal.store(static_cast<std::uint32_t>(1 + pick(70)));
}

// What earlier calls have made stands in the arena, pages of descriptors among it.
void Attacker::damage_outputs() {
  for (const Bytes& segment : writable_) {
    const bool home = segment.data() == reinterpret_cast<std::byte*>(home_);
    const std::size_t from = home ? penstock::ipc::kWorkerHomeReserved : 0;
    for (std::size_t at = from; at + sizeof(Descriptor) <= segment.size();
         at += 64 * (1 + pick(9))) {
      const Descriptor made = forged();
      std::memcpy(segment.data() + at, &made, sizeof made);
      if (at > from + (1u << 20)) break;
    }
  }
}

// Of the other things that the two share: questions whose answers nobody takes, a channel that is
// closed, a bell that could make its hearer wait.
void Attacker::damage_channel() {
  if (chance(3)) ::shutdown(penstock::ipc::kChannelFd, static_cast<int>(pick(3)));
  for (const int bell : bells_) ::fcntl(bell, F_SETFL, 0);
  Descriptor made;
  made.kind = chance(2) ? Kind::ask_id : Kind::want_extent;
  made.call = home_->line.began.load();
  made.set_body(std::uint64_t{16} << 20);
  for (std::uint64_t count = pick(3000); count > 0; --count) {
    publish(made);
    if (chance(100)) ring_bells();
  }
}

// Whatever pages of outputs name, they name the same memory again and again, as if each time
// something else stood there.
void Attacker::name_much() {
  for (const Bytes& segment : writable_) {
    const bool home = segment.data() == reinterpret_cast<std::byte*>(home_);
    const std::size_t from = home ? penstock::ipc::kWorkerHomeReserved : 0;
    for (std::size_t at = from; at + sizeof(Descriptor) <= segment.size(); at += 64) {
      Descriptor made;
      std::memcpy(&made, segment.data() + at, sizeof made);
      if (made.kind != Kind::output || made.where != Where::block) continue;
      BlockRef block = made.block();
      block.offset = 0;
      block.size = kMuch;
      made.set_body(block);
      std::memcpy(segment.data() + at, &made, sizeof made);
    }
  }
}

// Waits until the engine wants calls back, and answers them all the same.
void Attacker::keep_withdrawn() {
  const std::uint64_t began = home_->line.began.load();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (engine_->withdrawn.load() <= began && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  send_answers(1 + engine_->withdrawn.load() - std::min(began, engine_->withdrawn.load()));
}

void Attacker::ring_bells() {
  const std::uint64_t one = 1;
  for (const int bell : bells_) {
    [[maybe_unused]] const ssize_t n = ::write(bell, &one, sizeof one);
  }
}

}  // namespace hostile
