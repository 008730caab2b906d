// The program `penstock`: its words, its exit status, and the border where no exception passes.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "base/fd.hpp"
#include "cli/command_line.hpp"
#include "cli/output.hpp"

namespace penstock {
namespace {

bool is_lack(const std::error_code& code) {
  for (const std::errc lack :
       {std::errc::not_enough_memory, std::errc::no_space_on_device, std::errc::too_many_files_open,
        std::errc::too_many_files_open_in_system, std::errc::file_too_large,
        std::errc::resource_unavailable_try_again}) {
    if (code == lack) return true;
  }
  return code == std::error_code(EDQUOT, std::generic_category());
}

Status tell_defect(const std::string& text) {
  tell("penstock: internal error: " + text +
       "\n  this is a defect of penstock: please report it, with the command line");
  return Status::gave_up;
}

// Where no border is: before main(), and in threads. No stream and no memory is needed for it.
[[noreturn]] void say_last_words() {
  std::string_view text =
      "penstock: internal error; this is a defect of penstock: please report it\n";
  Status status = Status::gave_up;
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    text = "penstock: out of memory: give it more, or the pipeline fewer processes\n";
    status = Status::lack;
  } catch (...) {
  }
  [[maybe_unused]] const auto said = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(static_cast<int>(status));
}

// Before the constants of all other files, those of libraries among them, which take memory.
void prepare_last_words() {
  std::set_terminate(say_last_words);
}
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all)() = prepare_last_words;

Status run_program(int count, char** words) {
  try {
    return perform(read_command_line({words + (count > 0 ? 1 : 0), words + count}));
  } catch (const Error& error) {
    tell(std::string("penstock: ") + error.what());
    return error.status();
  } catch (const std::bad_alloc&) {
    tell("penstock: out of memory: give it more, or the pipeline fewer processes");
    return Status::lack;
  } catch (const std::system_error& error) {
    if (!is_lack(error.code())) return tell_defect(error.what());
    tell(std::string("penstock: ") + error.what());
    return Status::lack;
  } catch (const std::exception& error) {
    return tell_defect(error.what());
  } catch (...) {
    return tell_defect("an exception of an unknown type");
  }
}

}  // namespace
}  // namespace penstock

int main(int count, char** words) {
  penstock::occupy_standard_descriptors();
  // A closed output and a file that may not grow are error values.
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);
  return static_cast<int>(penstock::run_program(count, words));
}
