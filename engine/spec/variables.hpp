// Replaces ${NAME}, ${NAME:-default} and ${file:PATH} in the scalars of a document. A name is
// looked up in what --set gave, the file of --vars, the file's own `vars`, and the environment.
// `$${` is a plain `${`. What a file defines may use other names; what comes from outside is taken
// as it is. One thread; bounded in size and depth.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spec/finding.hpp"
#include "spec/node.hpp"
#include "spec/spec.hpp"

namespace penstock {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

class Variables {
 public:
  Variables(const Sources& sources, Environment environment, Findings& findings);

  void set(const std::vector<std::pair<std::string, std::string>>& overrides);
  // Definitions of a map; those that were there before come first.
  void define(const Node& map, const std::string& owner);

  // Replaces in the node and all below it. What cannot be replaced becomes Kind::unknown.
  void expand(Node& node);

  // A finding for each override that nothing asked for: a mistyped name would else go unnoticed.
  void report_unused();

  // Of the scalars that were expanded, in their order; those of definitions are not among them.
  std::vector<VariableUse> take_uses() { return std::move(uses_); }
  std::vector<std::string> take_secrets() { return std::move(secrets_); }

 private:
  struct Definition {
    Marked<std::string> text;
    bool outside = false;  // taken as it is
    bool readable = true;
    bool busy = false;  // its text is being replaced just now
    std::optional<std::string> value;
  };

  std::optional<std::string> expand_text(const std::string& text, Mark mark, unsigned depth);
  std::optional<std::string> evaluate(const std::string& inside, Mark mark, unsigned depth);
  std::optional<std::string> look_up(const std::string& name, Mark mark, unsigned depth,
                                     bool* defined);
  std::optional<std::string> read_secret(const std::string& path, Mark mark);
  void note_use(const std::string& name, std::string from);
  std::string giver_of(const std::string& name) const;
  std::string cure_of_undefined(const std::string& name) const;
  Mark place_of(const std::string& text, Mark scalar) const;

  const Sources& sources_;
  Environment environment_;
  Findings& findings_;
  std::map<std::string, Definition> definitions_;
  std::set<std::string> asked_;  // by the file, or known to it
  std::vector<std::string> secrets_;
  std::vector<VariableUse> uses_;
  std::optional<Mark> scalar_;  // that is being expanded; none: a definition
  std::size_t produced_ = 0;
};

}  // namespace penstock
