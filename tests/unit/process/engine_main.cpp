// An engine to be killed: starts a keeper and below it families whose members all hold descriptor 3
// of this program, writes the keeper's pid to it, and runs until it is killed.
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "process/keeper.hpp"
#include "process/program_path.hpp"

int main(int argc, char** argv) {
  using namespace penstock;
  boost::asio::io_context loop(1);
  auto keeper = Keeper::start(loop, find_program("penstock-keeper").value()).value();
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i) {
    Launch what;
    what.argv = {argv[1], argc > 2 ? argv[2] : "family"};
    what.fds.push_back(duplicate(3).value());
    children.push_back(keeper->launch(std::move(what), {}));
  }
  write_all(3, "keeper " + std::to_string(keeper->pid()) + "\n").value();
  const auto forever = boost::asio::make_work_guard(loop);
  loop.run();
}
