#include "state/letter_row.hpp"

#include <boost/json.hpp>

namespace penstock {
namespace {

namespace json = boost::json;

DeadLetter::Attempt attempt_of(const json::value& value) {
  const auto text = [](const json::value& of) { return std::string(of.as_string()); };
  DeadLetter::Attempt attempt;
  attempt.cause = text(value.at("cause"));
  attempt.signal = value.at("signal").to_number<int>();
  attempt.exit = value.at("exit").to_number<int>();
  attempt.message = text(value.at("message"));
  for (const json::value& frame : value.at("stack").as_array()) {
    attempt.stack.push_back(text(frame));
  }
  attempt.output = text(value.at("stderr"));
  attempt.worker = text(value.at("worker"));
  attempt.seconds = value.at("seconds").to_number<double>();
  return attempt;
}

}  // namespace

Row row_of(const DeadLetter& letter) {
  return {letter.item,
          letter.stage,
          letter.task,
          letter.plugin,
          letter.build,
          attempts_json(letter),
          letter.payload.empty() ? std::string("null") : letter.payload,
          letter.path,
          letter.type,
          letter.input,
          Blob{letter.content},
          Blob{letter.key}};
}

Result<DeadLetter> letter_of(const Row& row) {
  try {
    DeadLetter letter;
    letter.item = std::get<std::string>(row.at(0));
    letter.stage = std::get<std::string>(row.at(1));
    letter.task = std::get<std::string>(row.at(2));
    letter.plugin = std::get<std::string>(row.at(3));
    letter.build = std::get<std::string>(row.at(4));
    const json::value attempts = json::parse(std::get<std::string>(row.at(5)));
    for (const json::value& attempt : attempts.as_array()) {
      letter.attempts.push_back(attempt_of(attempt));
    }
    letter.payload = std::get<std::string>(row.at(6));
    letter.path = std::get<std::string>(row.at(7));
    letter.type = std::get<std::string>(row.at(8));
    letter.input = std::get<std::string>(row.at(9));
    letter.content = std::get<Blob>(row.at(10)).bytes;
    letter.key = std::get<Blob>(row.at(11)).bytes;
    return letter;
  } catch (const std::exception& error) {
    return Error(Status::refused, std::string("a dead letter: ") + error.what());
  }
}

}  // namespace penstock
