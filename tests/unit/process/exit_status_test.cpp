#include "process/exit_status.hpp"

#include <signal.h>
#include <sys/wait.h>

#include "catch.hpp"

using namespace penstock;

TEST_CASE("an exit status says in words how a process ended") {
  CHECK(to_string(exit_status_of(CLD_EXITED, 0)) == "exited with status 0");
  CHECK(to_string(exit_status_of(CLD_EXITED, 3)) == "exited with status 3");
  CHECK(to_string(exit_status_of(CLD_KILLED, SIGSEGV)) == "killed by SIGSEGV (segmentation fault)");
  CHECK(to_string(exit_status_of(CLD_DUMPED, SIGABRT)) ==
        "killed by SIGABRT (aborted, core dumped)");
  CHECK(to_string(exit_status_of(CLD_KILLED, SIGXCPU)) ==
        "killed by SIGXCPU (CPU time limit exceeded)");
  CHECK(to_string(exit_status_of(CLD_KILLED, 40)) == "killed by signal 40");
}

TEST_CASE("only an exit with status 0 is clean") {
  CHECK(exit_status_of(CLD_EXITED, 0).is_clean());
  CHECK_FALSE(exit_status_of(CLD_EXITED, 1).is_clean());
  CHECK_FALSE(exit_status_of(CLD_KILLED, SIGTERM).is_clean());
}
