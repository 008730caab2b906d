#include "process/exit_status.hpp"

#include <string.h>
#include <sys/wait.h>

#include <cctype>

namespace penstock {
namespace {

// "segmentation fault", but "CPU time limit exceeded" as it is.
std::string signal_words(int signal) {
  const char* description = ::sigdescr_np(signal);
  if (description == nullptr) return {};
  std::string words = description;
  if (words.size() > 1 && std::islower(static_cast<unsigned char>(words[1]))) {
    words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  }
  return words;
}

}  // namespace

ExitStatus exit_status_of(int how, int value) {
  if (how == CLD_EXITED) return {0, value, false};
  return {value, 0, how == CLD_DUMPED};
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  if (name == nullptr) return "signal " + std::to_string(signal);
  return std::string("SIG") + name;
}

std::string to_string(const ExitStatus& status) {
  if (status.signal == 0) return "exited with status " + std::to_string(status.code);
  std::string text = "killed by " + signal_name(status.signal);
  const std::string words = signal_words(status.signal);
  if (!words.empty()) text += " (" + words + (status.core ? ", core dumped)" : ")");
  return text;
}

}  // namespace penstock
