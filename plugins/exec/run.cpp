#include "exec/run.hpp"

#include <penstock/json.hpp>

#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "exec/child.hpp"
#include "exec/program.hpp"

namespace penstock::exec {
namespace {

std::string_view name_of(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

}  // namespace

void Run::params(Params& p) {
  p.required("argv", argv,
             "the program and its arguments; {} is the item, {name} a field, {/} {//} {.} {/.} "
             "parts of a path");
  p.optional("stdin", input,
             "what it reads: the item as it is, the item as a line of JSON, or nothing; auto: the "
             "item, unless an argument takes it");
  p.optional("content", content, "field of a record to be its stdin; if not set, the whole item");
  p.optional("output", output,
             "what its stdout becomes: one item, without a line end at its end (text) or just as "
             "it is (bytes), an item a line, or nothing");
  p.optional("ok", ok, "statuses that are no failure", between(0, 255));
  p.optional("env", env, "NAME=value, added to the worker's environment");
  p.optional("cwd", cwd, "folder that it runs in; if not set, the engine's");
  p.optional("max_stdout", max_stdout, "more than this is a failure", at_least(1));
  p.optional("grace", grace, "from SIGTERM to SIGKILL, when the call has to end");
}

void Run::open() {
  if (argv.empty()) throw Permanent("`argv` is empty; its first element is the program");
  for (const std::string& argument : argv) arguments_.emplace_back(argument);
  const bool taken = std::any_of(arguments_.begin(), arguments_.end(),
                                 [](const Argument& argument) { return argument.takes_item(); });
  if (input == Stdin::auto_) input = taken && !content ? Stdin::none : Stdin::item;
  fill_environment();
  filled_.resize(arguments_.size());
  if (!arguments_.front().fixed()) return;
  arguments_.front().fill({}, {}, filled_.front());
  program_ = find_program(filled_.front(), folders_);
}

void Run::fill_environment() {
  for (const std::string& added : env) {
    if (added.find('=') == added.npos || added.starts_with('=')) {
      throw Permanent("'" + added + "' in `env` is not of the form NAME=value");
    }
  }
  environment_ = env;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const bool replaced = std::any_of(env.begin(), env.end(), [&](const std::string& added) {
      return name_of(added) == name_of(*entry);
    });
    if (!replaced) environment_.emplace_back(*entry);
  }
  environment_pointers_ = pointers_to(environment_);
  folders_ = "/usr/local/bin:/usr/bin:/bin";
  for (const std::string& entry : environment_) {
    if (name_of(entry) == "PATH") folders_ = entry.substr(5);
  }
}

void Run::fill_arguments(const Datum& item, const Context& context) {
  const auto id = [&] { return context.item_id(); };
  for (std::size_t i = 0; i != arguments_.size(); ++i) arguments_[i].fill(item, id, filled_[i]);
  filled_pointers_ = pointers_to(filled_);
}

std::string_view Run::stdin_of(const Datum& item) {
  if (input == Stdin::none) return {};
  const Datum value = content ? field_of(item, *content) : item;
  const bool plain = value.kind() == DatumKind::text || value.kind() == DatumKind::bytes;
  if (plain && input == Stdin::item) return as_text(value.bytes());
  line_.clear();
  if (!write_json(line_, value)) throw Permanent("the item is damaged and cannot be written");
  return line_ += '\n';
}

void Run::run(const Datum& item, Emit<std::string_view>& out, Context& context) {
  if (context.cancelled()) throw Transient("the run is ending; nothing was started");
  fill_arguments(item, context);
  const std::string found = program_.empty() ? find_program(filled_.front(), folders_) : program_;
  Command command;
  command.name = filled_.front();
  command.path = found.c_str();
  command.argv = filled_pointers_.data();
  command.environment = environment_pointers_.data();
  command.folder = cwd.empty() ? nullptr : cwd.c_str();
  command.reads = input != Stdin::none;
  command.writes = output != Output::none;

  capture_.begin(output, max_stdout.bytes, out, context);
  errors_.clear();
  Talk talk;
  talk.input = stdin_of(item);
  talk.output = &capture_;
  talk.errors = &errors_;
  talk.grace = grace;
  Child child(command);
  const std::optional<Ending> ending = talk.run(child, context);
  if (talk.cancelled) fail("was ended, because the call had to end");
  judge(ending);
  capture_.end();
}

void Run::judge(const std::optional<Ending>& ending) const {
  if (!ending) fail("has ended, and another task of this worker was told how");
  if (ending->signal != 0) fail("was killed by " + signal_name(ending->signal));
  if (std::find(ok.begin(), ok.end(), ending->status) == ok.end()) {
    fail("ended with status " + std::to_string(ending->status));
  }
}

void Run::fail(const std::string& what) const {
  const std::string errors = errors_.text();
  throw std::runtime_error("`" + filled_.front() + "` " + what +
                           (errors.empty() ? "; nothing on its stderr" : "; stderr: " + errors));
}

}  // namespace penstock::exec
