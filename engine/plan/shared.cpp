#include "plan/shared.hpp"

#include <penstock/plugin.h>
#include <penstock/type.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "spec/limits.hpp"

namespace penstock {
namespace {

// What a task takes, from the choices of its parameter (see penstock/plugin.h).
struct Wanted {
  std::string type;
  std::string of;
  std::uint64_t element = 0;
};

Wanted wanted_by(const ParamDescription& param) {
  return {param.choices.at(0), param.choices.at(1), *parse_count(param.choices.at(2))};
}

// "an array of i64", "a mutex"
std::string in_words(const std::string& type, const std::string& of) {
  const bool vowel = type.find_first_of("aeiou") == 0;
  return (vowel ? "an " : "a ") + type + (of.empty() ? "" : " of " + of);
}

std::optional<PackedScalar> scalar_named(const std::string& name) {
  const auto& names = sdk::packed_scalars;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<PackedScalar>(found - names.begin());
}

bool holds_something(const std::string& type) {
  return type == "value" || type == "array" || type == "map" || type.ends_with("queue");
}

template <class T>
std::string bytes_of(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// The bytes of a number as it lies in memory, or an error with the end of a sentence about it.
Result<std::string> initial_bytes(PackedScalar scalar, const std::string& text) {
  const auto too_large = [&] {
    return Error(
        Status::refused,
        "does not fit into " + std::string(sdk::packed_scalars[static_cast<std::size_t>(scalar)]));
  };
  if (scalar == PackedScalar::boolean) {
    const Result<bool> flag = parse_switch(text);
    if (!flag) return flag.error();
    return bytes_of(*flag);
  }
  if (scalar == PackedScalar::f32 || scalar == PackedScalar::f64) {
    const Result<double> real = parse_real(text);
    if (!real) return real.error();
    if (scalar == PackedScalar::f64) return bytes_of(*real);
    if (std::abs(*real) > std::numeric_limits<float>::max()) return too_large();
    return bytes_of(static_cast<float>(*real));
  }
  const Result<std::int64_t> number = parse_integer(text);
  if (!number) return number.error();
  std::string bytes = bytes_of(*number);
  bytes.resize(size_of(scalar));
  const bool is_signed = scalar <= PackedScalar::i64;
  std::int64_t back = is_signed && (bytes.back() & 0x80) != 0 ? -1 : 0;
  std::memcpy(&back, bytes.data(), bytes.size());
  if (back != *number || (!is_signed && *number < 0)) return too_large();
  return bytes;
}

class SharedPlanner {
 public:
  SharedPlanner(const Spec& spec, Findings& findings);

  // Holds what the task's parameters name against what is there.
  void check(const std::string& user, const std::vector<Entry>& with, const StagePlan& stage);
  std::vector<SharedPlan> take();

 private:
  struct Known {
    const SharedSpec* spec;
    SharedPlan plan;
    std::uint64_t element = 0;  // bytes of one; 0: not known
    std::string said_by;        // who has said what it holds
  };

  void read(const SharedSpec& object);
  void read_held(const SharedSpec& object, Known& known);
  void check(const std::string& subject, const ParamDescription& param, const Node& node);
  void size_up(Known& known);
  void set_initial(Known& known);

  Findings& findings_;
  std::vector<Known> known_;
  std::vector<std::string> names_;
};

SharedPlanner::SharedPlanner(const Spec& spec, Findings& findings) : findings_(findings) {
  for (const SharedSpec& object : spec.shared) {
    names_.push_back(object.name.value);
    if (object.type) read(object);
  }
}

void SharedPlanner::read(const SharedSpec& object) {
  Known known;
  known.spec = &object;
  SharedPlan& plan = known.plan;
  plan.name = object.name.value;
  plan.type = object.type->value;
  if (object.size) plan.count = object.size->value;
  if (object.parties) plan.count = object.parties->value;
  if (object.bytes) plan.bytes = object.bytes->value;
  if (object.timeout) plan.timeout = object.timeout->value;
  read_held(object, known);
  known_.push_back(std::move(known));
}

void SharedPlanner::read_held(const SharedSpec& object, Known& known) {
  if (!object.of || !holds_something(object.type->value)) return;
  const std::string& of = object.of->value;
  const std::string what = "shared object " + ticked(object.name.value);
  const std::string& type = object.type->value;
  if (type == "value" || type == "array") {
    const std::optional<PackedScalar> scalar = scalar_named(of);
    if (!scalar) {
      const auto& names = sdk::packed_scalars;
      findings_.add(object.of->mark, what + " is of " + ticked(of) + ", which is no number",
                    "it is one of " +
                        word_list(std::vector<std::string>(names.begin(), names.end()), "or") +
                        "; of a struct leave it out: the tasks that take it say what it is");
      return;
    }
    known.element = size_of(*scalar);
  } else if (std::string reason; !parse_type(of, &reason)) {
    findings_.add(object.of->mark, what + ": " + reason,
                  "such as text, int or record{name:text,count:int}");
    return;
  }
  known.plan.of = of;
  known.said_by = "the file";
}

void SharedPlanner::check(const std::string& user, const std::vector<Entry>& with,
                          const StagePlan& stage) {
  for (const ParamDescription& param : stage.task.params) {
    if (param.kind != PENSTOCK_PARAM_SHARED) continue;
    for (const Entry& entry : with) {
      if (entry.key.value != param.name) continue;
      const std::string subject = user + ": parameter " + ticked(param.name);
      if (entry.value.is(Node::Kind::scalar)) check(subject, param, entry.value);
      for (const Node& item : entry.value.items) {
        if (item.is(Node::Kind::scalar)) check(subject, param, item);
      }
    }
  }
}

void SharedPlanner::check(const std::string& subject, const ParamDescription& param,
                          const Node& node) {
  const Wanted wanted = wanted_by(param);
  if (std::find(names_.begin(), names_.end(), node.text) == names_.end()) {
    const std::string near = did_you_mean(node.text, names_);
    findings_.add(node.mark, subject + " names " + ticked(node.text) + ", which is not shared",
                  near.empty() ? "`shared: {" + node.text + ": {type: " + wanted.type +
                                     "}}` at the top level makes one"
                               : near);
    return;
  }
  const auto known = std::find_if(known_.begin(), known_.end(),
                                  [&](const Known& one) { return one.plan.name == node.text; });
  if (known == known_.end()) return;  // it has its finding
  SharedPlan& plan = known->plan;
  const std::string takes = subject + " takes " + in_words(wanted.type, wanted.of) + ", and " +
                            ticked(plan.name) + " is ";
  if (plan.type != wanted.type) {
    findings_.add(node.mark, takes + in_words(plan.type, plan.of));
  } else if (plan.of.empty()) {
    plan.of = wanted.of;
    known->element = wanted.element;
    known->said_by = subject;
  } else if (plan.of != wanted.of) {
    findings_.add(node.mark, takes + in_words(plan.type, plan.of), known->said_by + " says so");
  }
}

// Bytes of a value or array; findings where nobody has said of what.
void SharedPlanner::size_up(Known& known) {
  SharedPlan& plan = known.plan;
  if (plan.type != "value" && plan.type != "array") return;
  if (known.element == 0) {
    if (known.spec->of) return;  // it has its finding
    findings_.add(known.spec->name.mark,
                  "nobody says what shared object " + ticked(plan.name) + " holds",
                  "such as of: i64");
    return;
  }
  const std::uint64_t count = plan.type == "value" ? 1 : plan.count;
  if (count > limits::tib / known.element) {
    findings_.add(known.spec->size ? known.spec->size->mark : known.spec->name.mark,
                  "shared object " + ticked(plan.name) + " would have more than 1TiB");
    return;
  }
  plan.bytes = count * known.element;
}

void SharedPlanner::set_initial(Known& known) {
  SharedPlan& plan = known.plan;
  const bool semaphore = plan.type == "semaphore" || plan.type == "bounded_semaphore";
  if (semaphore) plan.count = 1;
  const Given<std::string>& initial = known.spec->initial;
  if (!initial) return;
  const std::string is = "`initial` of shared object " + ticked(plan.name) + " is " +
                         ticked(initial->value) + ", which ";
  if (semaphore) {
    const Result<std::uint64_t> permits = parse_count(initial->value);
    if (permits && *permits <= INT32_MAX) {
      plan.count = *permits;
    } else {
      findings_.add(initial->mark, is + "is no number of permits", "from 0 to 2147483647");
    }
  } else if (plan.type == "value" && !plan.of.empty()) {
    const std::optional<PackedScalar> scalar = scalar_named(plan.of);
    const Result<std::string> bytes =
        scalar ? initial_bytes(*scalar, initial->value)
               : Error(Status::refused,
                       "cannot be written here: it holds a struct, which begins "
                       "as zeros");
    if (bytes) {
      plan.initial = *bytes;
    } else {
      findings_.add(initial->mark, is + bytes.error().what());
    }
  }
}

std::vector<SharedPlan> SharedPlanner::take() {
  std::vector<SharedPlan> plans;
  for (Known& known : known_) {
    size_up(known);
    set_initial(known);
    plans.push_back(std::move(known.plan));
  }
  return plans;
}

}  // namespace

std::vector<SharedPlan> plan_shared(const Spec& spec, const std::vector<StagePlan>& stages,
                                    Findings& findings) {
  SharedPlanner planner(spec, findings);
  std::size_t callbacks = 0;
  for (const StagePlan& stage : stages) {
    if (stage.callback) {
      const CallbackSpec& callback = spec.callbacks.at(callbacks++);
      planner.check("the callback " + ticked(callback.event.value), callback.with, stage);
    } else if (stage.instance == 0) {
      const auto of_stage =
          std::find_if(spec.stages.begin(), spec.stages.end(),
                       [&](const StageSpec& one) { return one.name.value == stage.name; });
      planner.check("stage " + ticked(stage.name), of_stage->with, stage);
    }
  }
  return planner.take();
}

}  // namespace penstock
