#include "fault.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <stdexcept>
#include <thread>

namespace faulty {
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
  if (how == "kill") ::kill(::getpid(), SIGKILL);
  if (how == "hang") hang();
  if (how == "hang_deaf") hang_deaf();
  if (how == "spin_deaf") spin_deaf();
  if (how == "throw") throw std::runtime_error("thrown on purpose");
  if (how == "permanent") throw penstock::Permanent("it can never succeed");
  if (how == "transient") throw penstock::Transient("it may succeed later");
  if (how == "bad_alloc") throw std::bad_alloc();
  if (how == "chatter") return chatter();
  if (how == "breed") return breed();
  if (how == "breed_near") return breed_near();
  throw penstock::Permanent("there is no fault named '" + std::string(how) + "'");
}

void Witness::params(penstock::Params& p) {
  p.required("ledger", ledger_, "file to which TASK WHERE PID is appended");
  p.optional("faults", faults_, "WHERE=HOW, WHERE=HOW*TIMES or WHERE=HOW+TIMES");
  p.optional("takes", takes_, "an item takes at least so long");
}

void Witness::at(std::string_view place, std::string_view kind) {
  note(place);
  for (const std::string_view fault : faults_) {
    const std::size_t equals = fault.find('=');
    const std::string_view where = fault.substr(0, equals);
    if (where != place && (kind.empty() || where != kind)) continue;
    const std::string_view how = fault.substr(equals + 1);
    const std::size_t sign = std::min(how.find_first_of("*+"), how.size());
    if (sign != how.size()) {
      const bool early = times_at(place) <= std::stoul(std::string(how.substr(sign + 1)));
      if (early != (how[sign] == '*')) continue;
    }
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

std::size_t Witness::times_at(std::string_view place) const {
  const std::string wanted = task_ + ' ' + std::string(place) + ' ';
  std::ifstream file(ledger_);
  std::size_t times = 0;
  for (std::string line; std::getline(file, line);) times += line.starts_with(wanted) ? 1 : 0;
  return times;
}

}  // namespace faulty
