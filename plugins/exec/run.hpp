// exec.run: a program for each item. Its arguments are made from the item, its stdin is the item,
// and what it prints to stdout is what the task emits. It is executed as it is written, never by a
// shell. It fails if the program ends with a status that is not ok, or by a signal; the failure has
// the last of what it wrote to stderr.
#pragma once

#include <penstock/plugin.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "exec/argument.hpp"
#include "exec/capture.hpp"
#include "exec/talk.hpp"

namespace penstock::exec {

enum class Stdin { auto_, item, json, none };
PENSTOCK_ENUM(Stdin, auto_, item, json, none)

class Run {
 public:
  std::vector<std::string> argv;
  Stdin input = Stdin::auto_;
  std::optional<std::string> content;
  Output output = Output::text;
  std::vector<int> ok{0};
  std::vector<std::string> env;
  std::string cwd;
  Size max_stdout = 64_MiB;
  std::chrono::milliseconds grace{200};

  void params(Params& p);
  void open();
  void run(const Datum& item, Emit<std::string_view>& out, Context& context);

 private:
  void fill_environment();
  void fill_arguments(const Datum& item, const Context& context);
  std::string_view stdin_of(const Datum& item);
  [[noreturn]] void fail(const std::string& what) const;
  void judge(const std::optional<Ending>& ending) const;

  std::vector<Argument> arguments_;
  std::string program_;  // the file; empty if its name depends on the item
  std::string folders_;  // PATH
  std::vector<std::string> environment_;
  std::vector<char*> environment_pointers_;

  // Of one call after the other.
  std::vector<std::string> filled_;
  std::vector<char*> filled_pointers_;
  std::string line_;
  Capture capture_;
  Tail errors_;
};

}  // namespace penstock::exec
