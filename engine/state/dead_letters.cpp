#include "state/dead_letters.hpp"

#include <fcntl.h>

#include <boost/json.hpp>
#include <cerrno>

namespace penstock {

std::string to_json(const DeadLetter& letter) {
  boost::json::array attempts;
  for (const DeadLetter::Attempt& attempt : letter.attempts) {
    boost::json::array stack;
    for (const std::string& frame : attempt.stack) stack.emplace_back(frame);
    attempts.push_back({{"cause", attempt.cause},
                        {"signal", attempt.signal},
                        {"exit", attempt.exit},
                        {"message", attempt.message},
                        {"stack", std::move(stack)},
                        {"stderr", attempt.output},
                        {"worker", attempt.worker},
                        {"seconds", attempt.seconds}});
  }
  boost::json::object line{{"item", letter.item},   {"stage", letter.stage},
                           {"task", letter.task},   {"plugin", letter.plugin},
                           {"build", letter.build}, {"attempts", std::move(attempts)}};
  // The payload is JSON already and may be long: it is not parsed again.
  std::string text = boost::json::serialize(line);
  text.pop_back();
  return text + ",\"payload\":" + (letter.payload.empty() ? "null" : letter.payload) + "}";
}

Result<DeadLetters> DeadLetters::create(const std::filesystem::path& folder) {
  DeadLetters letters;
  letters.path_ = folder / "dead.jsonl";
  letters.file_ = UniqueFd(
      ::open(letters.path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!letters.file_) {
    return Error(Status::refused, letters.path_.string() + ": cannot be written: " +
                                      errno_text(errno) + "; choose another folder with --state");
  }
  return letters;
}

Result<void> DeadLetters::write(const DeadLetter& letter) {
  if (!file_) return {};
  if (auto written = write_all(file_.get(), to_json(letter) + "\n"); !written) {
    return Error(Status::lack, path_.string() + ": a dead letter could not be written: " +
                                   written.error().what());
  }
  return {};
}

}  // namespace penstock
