// How a process ended, as waitid tells it, and in words. A plain value.
#pragma once

#include <string>

namespace penstock {

struct ExitStatus {
  int signal = 0;     // that killed it; 0: it exited
  int code = 0;       // that it exited with
  bool core = false;  // a core was dumped

  // It exited with status 0. For a worker that was not told to leave, that is a death too.
  bool is_clean() const { return signal == 0 && code == 0; }
  bool operator==(const ExitStatus&) const = default;
};

// From what waitid gives: si_code (CLD_EXITED, CLD_KILLED, CLD_DUMPED) and si_status.
ExitStatus exit_status_of(int how, int value);

// "killed by SIGSEGV (segmentation fault)", "exited with status 3"
std::string to_string(const ExitStatus& status);

// "SIGSEGV"; "signal 40" for one without a name.
std::string signal_name(int signal);

}  // namespace penstock
