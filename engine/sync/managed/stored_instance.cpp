#include "sync/managed/stored_instance.hpp"

#include <penstock/errors.hpp>

#include <exception>
#include <optional>

#include "sync/managed/message.hpp"

namespace penstock::sync {
namespace {

// The encoded arguments, and what they name, which has to live until they have been read.
struct Arguments {
  explicit Arguments(Request& request) {
    const std::size_t count = request.count();
    for (std::size_t i = 0; i != count && request.well_formed(); ++i) {
      entries.push_back(request.value());
    }
    for (const Entry& entry : entries) values.push_back(as_bytes(entry.bytes));
  }

  std::vector<Entry> entries;
  std::vector<Bytes> values;
};

// Called from a handler.
void answer_exception(const std::string& where, Answer& answer) {
  const std::string type = sdk::current_exception_type();
  try {
    throw;
  } catch (const std::exception& failure) {
    answer.refuse(Refusal::thrown, where + ": " + type + ": " + failure.what(), type);
  } catch (...) {
    answer.refuse(Refusal::thrown, where + ": " + type, type);
  }
}

std::string arguments_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

}  // namespace

// One call at a time.
class StoredInstance::Turn {
 public:
  Turn(StoredInstance& of, Waiter& waiter) : of_(of) {
    std::unique_lock lock(of_.mutex_);
    has_it_ = !of_.busy_ || of_.line_.stand(lock, of_, waiter, kForever) == Waited::served;
    if (has_it_) of_.busy_ = true;
  }
  ~Turn() {
    if (!has_it_) return;
    const std::lock_guard lock(of_.mutex_);
    of_.busy_ = of_.line_.serve_first();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  explicit operator bool() const { return has_it_; }

 private:
  StoredInstance& of_;
  bool has_it_ = false;
};

std::shared_ptr<void> StoredInstance::construct(const std::string& name, const RegisteredType& type,
                                                Request& request, Answer& answer,
                                                const managed::Here& here) {
  const Arguments arguments(request);
  if (!request.complete()) return nullptr;
  const auto maker = type.makers.find(arguments.values.size());
  if (maker == type.makers.end()) {
    answer.refuse(Refusal::misuse, "type '" + name + "' has no constructor of " +
                                       arguments_text(arguments.values.size()) +
                                       " that was registered");
    return nullptr;
  }
  try {
    return maker->second(arguments.values, here);
  } catch (...) {
    answer_exception(name, answer);
    return nullptr;
  }
}

void StoredInstance::perform(Verb verb, Request& request, Answer& answer, const Caller& caller) {
  if (verb != Verb::instance_call) return refuse_verb(answer, "an object of a registered type");
  const std::string_view called = request.text();
  const Arguments arguments(request);
  if (!request.complete()) return;
  const auto method = type_->methods.find(called);
  const std::string name = name_ + "." + std::string(called);
  if (method == type_->methods.end()) {
    std::string known;
    for (const auto& [one, registered] : type_->methods) known += " " + one;
    return answer.refuse(Refusal::misuse, name + " is no method that was registered; there is:" +
                                              (known.empty() ? " none" : known));
  }
  if (method->second.arguments != arguments.values.size()) {
    return answer.refuse(Refusal::misuse,
                         name + " takes " + arguments_text(method->second.arguments) +
                             ", and not " + std::to_string(arguments.values.size()));
  }
  std::optional<Turn> turn;
  if (!type_->side_by_side) {
    turn.emplace(*this, caller.waiter);
    if (!*turn) return answer.refuse(Refusal::misuse, "the client is gone");
  }
  run(method->second, arguments.values, name, answer);
}

void StoredInstance::run(const RegisteredMethod& method, const std::vector<Bytes>& arguments,
                         const std::string& name, Answer& answer) {
  managed::MethodResult result;
  try {
    result = method.call(object_.get(), arguments, here_);
  } catch (...) {
    return answer_exception(name, answer);
  }
  answer.flag(!result.bytes.empty());
  if (result.bytes.empty()) return;
  Entry value{std::move(result.bytes), {}};
  for (const auto& object : result.named) {
    value.named.push_back(std::static_pointer_cast<Stored>(object));
  }
  answer.value(value);
}

}  // namespace penstock::sync
