#include "state/dead_letter.hpp"

#include <boost/json.hpp>

#include "base/utf8.hpp"

namespace penstock {

std::string attempts_json(const DeadLetter& letter) {
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
  return boost::json::serialize(attempts);
}

std::string to_json(const DeadLetter& letter) {
  const boost::json::object line{{"item", letter.item},
                                 {"stage", letter.stage},
                                 {"task", letter.task},
                                 {"plugin", letter.plugin},
                                 {"build", letter.build}};
  // What is JSON already and may be long is not parsed again.
  std::string text = boost::json::serialize(line);
  text.pop_back();
  return with_escapes(text + ",\"attempts\":" + attempts_json(letter) +
                      ",\"payload\":" + (letter.payload.empty() ? "null" : letter.payload) + "}");
}

}  // namespace penstock
