#include "fault.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <new>
#include <stdexcept>
#include <thread>

namespace faulty {

const char* const gaudy = "\x1b[31mred\x1b[0m\r\n<script>alert(1)</script>\x07 & end";

namespace {

[[gnu::noinline]] void write_to_nowhere() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;  // the line of SIGSEGV
}

[[gnu::noinline]] void give_up_hope() {
  std::abort();  // the line of SIGABRT
}

[[gnu::noinline]] int fall_down(volatile char* above) {
  if (*above != 0) return 0;  // it never is
  volatile char frame[512];
  frame[0] = 0;
  return fall_down(frame) + frame[0];  // the line of the overflow
}

[[gnu::noinline]] void call_nothing() {
  void (*volatile nothing)() = nullptr;
  [[maybe_unused]] volatile bool called = false;
  nothing();  // the line of the call
  called = true;
}

void crash_in_a_thread() {
  std::thread(write_to_nowhere).join();
}

[[noreturn]] void hang() {
  for (;;) ::pause();
}

[[noreturn]] void hang_deaf() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  hang();
}

[[noreturn]] void spin_deaf() {
  ::signal(SIGTERM, SIG_IGN);
  for (volatile unsigned turns = 0;;) turns = turns + 1;
}

void chatter() {
  for (int i = 1; i <= 5000; ++i) std::fprintf(stderr, "line %d of what nobody asked for\n", i);
  std::fputs("and no newline at the end", stderr);
}

// A child of its own group.
void breed_near() {
  if (::fork() == 0) hang();
}

// Besides, one of its own session, and one that has lost its parent.
void breed() {
  breed_near();
  for (const bool lose_parent : {false, true}) {
    if (::fork() != 0) continue;
    ::setsid();
    if (lose_parent && ::fork() != 0) ::_exit(0);
    hang();
  }
}

// One that has lost its parent, its session and all descriptors.
void breed_daemon() {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  for (int file = 0; file < 1024; ++file) ::close(file);
  hang();
}

// Those of the worker itself, too, but what it prints on.
void close_all() {
  for (int file = 3; file < 1024; ++file) ::close(file);
}

void send_to_self(int signal) {
  // Stopped means stopped here: not in the call that comes next.
  ::kill(::getpid(), signal);
  std::this_thread::yield();
}

// 100 MB in all, half of it text and half of it anything but text.
void flood() {
  std::string text;
  for (int i = 0; text.size() < 65536; ++i) text += "line " + std::to_string(i) + " of a flood\n";
  std::string binary(65536, '\0');
  for (std::size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<char>(i * 7 + i / 251);
  for (std::size_t written = 0; written < 100'000'000; written += 4 * 65536) {
    for (const std::string* some : {&text, &binary}) {
      std::fwrite(some->data(), 1, some->size(), stdout);
      std::fwrite(some->data(), 1, some->size(), stderr);
    }
  }
}

// Never given back. Each page is written to, as none is there before; a compiler leaves out what
// nobody reads, unless it is volatile.
void leak(std::size_t mebibytes) {
  constexpr std::size_t page = 4096;
  const std::size_t size = mebibytes << 20;
  auto* kept = static_cast<volatile char*>(std::malloc(size));
  if (kept == nullptr) throw std::bad_alloc();
  for (std::size_t at = 0; at < size; at += page) kept[at] = 'x';
}

void turn_deaf() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

struct Odd {};

// Those with a number at their end; false: it is none of them.
bool suffer_measured(std::string_view how) {
  const std::size_t digits = std::min(how.find_first_of("0123456789"), how.size());
  if (digits == how.size()) return false;
  const int number = std::stoi(std::string(how.substr(digits)));
  const std::string_view name = how.substr(0, digits);
  if (name == "raise") return send_to_self(number), true;
  if (name == "leak") return leak(static_cast<std::size_t>(number)), true;
  if (name == "sleep") return std::this_thread::sleep_for(std::chrono::milliseconds(number)), true;
  return false;
}

}  // namespace

void suffer(std::string_view how) {
  char top = 0;
  if (how == "segv") return write_to_nowhere();
  if (how == "thread") return crash_in_a_thread();
  if (how == "abort") return give_up_hope();
  if (how == "overflow") std::exit(fall_down(&top));
  if (how == "null_call") return call_nothing();
  if (how == "exit0") ::_exit(0);
  if (how == "exit3") std::exit(3);
  if (how == "leave0") std::exit(0);
  if (how == "terminate") std::terminate();
  if (how == "kill") ::kill(::getpid(), SIGKILL);
  if (how == "hang") hang();
  if (how == "hang_deaf") hang_deaf();
  if (how == "spin_deaf") spin_deaf();
  if (how == "throw") throw std::runtime_error("thrown on purpose");
  if (how == "throw_int") throw 42;
  if (how == "throw_odd") throw Odd();
  if (how == "throw_gaudy") throw std::runtime_error(gaudy + std::string("\xff"));
  if (how == "permanent") throw penstock::Permanent("it can never succeed");
  if (how == "transient") throw penstock::Transient("it may succeed later");
  if (how == "lack") throw penstock::Lack("there is none left");
  if (how == "bad_alloc") throw std::bad_alloc();
  if (how == "chatter") return chatter();
  if (how == "breed") return breed();
  if (how == "breed_near") return breed_near();
  if (how == "breed_daemon") return breed_daemon();
  if (how == "close_all") return close_all();
  if (how == "flood") return flood();
  if (how == "deaf") return turn_deaf();
  if (how == "print_gaudy") return static_cast<void>(std::fprintf(stderr, "%s\xff\n", gaudy));
  if (suffer_measured(how)) return;
  throw penstock::Permanent("there is no fault named '" + std::string(how) + "'");
}

void Witness::params(penstock::Params& p) {
  p.required("ledger", ledger_, "file to which TASK WHERE PID is appended");
  p.optional("faults", faults_, "WHERE=HOW, WHERE=HOW*TIMES, HOW+TIMES or HOW%TIMES");
  p.optional("takes", takes_, "an item takes at least so long");
}

void Witness::at(std::string_view place, std::string_view kind) {
  note(place);
  for (const std::string_view fault : faults_) {
    const std::size_t equals = fault.find('=');
    const std::string_view where = fault.substr(0, equals);
    if (where != place && (kind.empty() || where != kind)) continue;
    const std::string_view how = fault.substr(equals + 1);
    const std::size_t sign = std::min(how.find_first_of("*+%"), how.size());
    if (sign != how.size() && !due(how[sign], std::stoul(std::string(how.substr(sign + 1))), place))
      continue;
    suffer(how.substr(0, sign));
  }
}

void Witness::at_item(std::int64_t number) {
  at(std::to_string(number), "every");
  if (takes_.count() > 0) std::this_thread::sleep_for(takes_);
}

void Witness::note(std::string_view place) const {
  const std::string line =
      task_ + ' ' + std::string(place) + ' ' + std::to_string(::getpid()) + '\n';
  const int file = ::open(ledger_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const ssize_t written = ::write(file, line.data(), line.size());
  ::close(file);
  if (written != static_cast<ssize_t>(line.size())) {
    throw penstock::Permanent("the ledger '" + ledger_ + "' cannot be written");
  }
}

bool Witness::due(char sign, std::size_t number, std::string_view place) const {
  const std::size_t times = times_at(place);
  if (sign == '%') return times % number == 1;
  return (times <= number) == (sign == '*');
}

std::size_t Witness::times_at(std::string_view place) const {
  const std::string wanted = '\n' + task_ + ' ' + std::string(place) + ' ';
  std::ifstream file(ledger_, std::ios::ate);
  std::string text(static_cast<std::size_t>(file.tellg()) + 1, '\n');
  file.seekg(0).read(text.data() + 1, static_cast<std::streamsize>(text.size() - 1));
  std::size_t times = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1))
    ++times;
  return times;
}

}  // namespace faulty
