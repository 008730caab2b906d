// A keeper, and launched processes with what became of them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loop_until.hpp"
#include "process/keeper.hpp"
#include "process/pipe_reader.hpp"
#include "process/program_path.hpp"

namespace penstock {

struct Launched {
  Child child;
  std::unique_ptr<PipeReader> reader;
  std::string output;
  pid_t pid = 0;
  std::string failure;
  std::optional<ExitStatus> death;
  bool lost = false;

  bool over() const { return !failure.empty() || death || lost; }
};

struct Launches {
  boost::asio::io_context loop{1};
  std::unique_ptr<Keeper> keeper =
      Keeper::start(loop, find_program("penstock-keeper").value()).value();

  // With its output collected.
  std::unique_ptr<Launched> launch(Launch what) {
    auto launched = std::make_unique<Launched>();
    Launched& it = *launched;
    auto output = create_pipe().value();
    what.stdout_and_stderr = std::move(output.write);
    it.reader = std::make_unique<PipeReader>(loop, std::move(output.read),
                                             [&it](std::string_view bytes) { it.output += bytes; });
    ChildEvents events;
    events.started = [&it](pid_t pid) { it.pid = pid; };
    events.failed = [&it](const std::string& reason) { it.failure = reason; };
    events.died = [&it](const ExitStatus& status) {
      it.reader->drain();
      it.death = status;
    };
    events.lost = [&it] { it.lost = true; };
    it.child = keeper->launch(std::move(what), std::move(events));
    return launched;
  }

  std::unique_ptr<Launched> launch(std::vector<std::string> arguments) {
    Launch what;
    what.argv = {ACTOR};
    what.argv.insert(what.argv.end(), arguments.begin(), arguments.end());
    return launch(std::move(what));
  }

  // Launches one and waits for its end.
  std::unique_ptr<Launched> run(Launch what) {
    auto launched = launch(std::move(what));
    loop_until(loop, [&] { return launched->over(); });
    return launched;
  }
  std::unique_ptr<Launched> run(std::vector<std::string> arguments) {
    auto launched = launch(std::move(arguments));
    loop_until(loop, [&] { return launched->over(); });
    return launched;
  }
};

// A pipe of which launched processes hold the writing end: its end of file says that all are gone.
struct Lifeline {
  explicit Lifeline(boost::asio::io_context& loop) : loop_(loop) {
    auto pipe = create_pipe().value();
    writer = std::move(pipe.write);
    reader_ = std::make_unique<PipeReader>(
        loop, std::move(pipe.read), [this](std::string_view bytes) { text += bytes; },
        [this] { ended = true; });
  }

  // The number behind `word` in what was written, as often as it stands there.
  std::vector<pid_t> numbers(const std::string& word) const {
    std::vector<pid_t> found;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      if (text.find('\n', at) != std::string::npos) {
        found.push_back(std::stoi(text.substr(at + word.size())));
      }
    }
    return found;
  }
  void wait_for(const std::string& word, std::size_t count) {
    loop_until(loop_, [&] { return numbers(word).size() == count; });
  }
  void wait_for_end() {
    writer.reset();
    loop_until(loop_, [this] { return ended; });
  }

  UniqueFd writer;
  std::string text;
  bool ended = false;

 private:
  boost::asio::io_context& loop_;
  std::unique_ptr<PipeReader> reader_;
};

}  // namespace penstock
