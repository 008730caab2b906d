#include "spec/document.hpp"

#include <map>
#include <optional>
#include <set>

#include "spec/repair.hpp"
#include "spec/syntax.hpp"

namespace penstock {
namespace {

// Copies made for aliases may take so much and no more: a few lines could else fill all memory.
constexpr std::size_t most_copied = 8u << 20;

std::size_t weight(const Node& node) {
  std::size_t sum = sizeof(Node) + node.text.size();
  for (const Node& item : node.items) sum += weight(item);
  for (const Entry& entry : node.entries) sum += entry.key.value.size() + weight(entry.value);
  return sum;
}

class Builder final : public SyntaxEvents {
 public:
  Builder(const Source& source, Findings& findings) : source_(source), findings_(findings) {}

  void on_document(Mark mark) override {
    if (!begun_) {
      begun_ = true;
    } else if (source_.line(mark.line).substr(0, 3) == "---") {
      findings_.add(mark, "a second document begins here",
                    "a pipeline file is one document: remove the `---`, or use a second file");
    } else {
      findings_.add(mark, "this fits nothing above it",
                    "a file is one map: keys with values, not keys beside a list");
    }
  }

  void on_null(Mark mark, std::size_t anchor) override {
    Node node;
    node.mark = mark;
    add(std::move(node), anchor);
  }

  void on_scalar(Mark mark, std::size_t anchor, std::string text, bool quoted) override {
    Node node;
    node.kind = Node::Kind::scalar;
    node.mark = mark;
    node.text = std::move(text);
    node.quoted = quoted;
    add(std::move(node), anchor);
  }

  void on_alias(Mark mark, std::size_t anchor) override;
  void on_list(Mark mark, std::size_t anchor) override { open(Node::Kind::list, mark, anchor); }
  void on_map(Mark mark, std::size_t anchor) override { open(Node::Kind::map, mark, anchor); }

  void on_end() override {
    Open last = std::move(open_.back());
    open_.pop_back();
    add(std::move(last.node), last.anchor);
  }

  void on_tag(Mark mark) override {
    findings_.add(mark, "tags, such as `!!int`, are not used in pipeline files",
                  "remove it: each value is read as its key wants it");
  }

  // The root; what is still open was cut off by an error.
  Node take() {
    while (!open_.empty()) {
      open_.back().node.cut = true;
      on_end();
    }
    return std::move(root_);
  }

 private:
  struct Open {
    Node node;
    std::size_t anchor = 0;
    std::optional<Marked<std::string>> key;      // of a map: its value comes next
    bool nameless = false;                       // the same, of a key that is not one
    std::map<std::string, std::uint32_t> lines;  // of a map: the keys so far
  };

  void open(Node::Kind kind, Mark mark, std::size_t anchor) {
    Open next;
    next.node.kind = kind;
    next.node.mark = mark;
    next.anchor = anchor;
    open_.push_back(std::move(next));
  }

  void add(Node node, std::size_t anchor);
  void add_key(Open& map, const Node& key);
  void add_value(Open& map, Node value);
  bool may_copy(const Node& node, Mark mark);

  const Source& source_;
  Findings& findings_;
  bool begun_ = false;
  Node root_;
  std::vector<Open> open_;
  std::map<std::size_t, Node> anchors_;
  std::size_t copied_ = 0;
};

void Builder::add(Node node, std::size_t anchor) {
  if (anchor != 0) {
    if (may_copy(node, node.mark)) {
      anchors_[anchor] = node;
    } else {
      anchors_[anchor].kind = Node::Kind::unknown;
    }
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.is(Node::Kind::list)) {
    parent.node.items.push_back(std::move(node));
  } else if (parent.key || parent.nameless) {
    add_value(parent, std::move(node));
  } else {
    add_key(parent, node);
  }
}

void Builder::add_key(Open& map, const Node& key) {
  if (key.is(Node::Kind::scalar)) {
    map.key = Marked<std::string>{key.text, key.mark};
    return;
  }
  map.nameless = true;
  if (!key.is(Node::Kind::unknown) && !key.cut) {
    findings_.add(key.mark, "a key is a word, not " + in_words(key),
                  key.is(Node::Kind::map) ? "put a text that begins with `{` in quotes" : "");
  }
}

void Builder::add_value(Open& map, Node value) {
  if (map.nameless) {
    map.nameless = false;
    return;
  }
  // An empty value stands nowhere; what the parser gives is the place of whatever comes next.
  if (value.is(Node::Kind::null)) value.mark = map.key->mark;
  const auto [seen, added] = map.lines.emplace(map.key->value, map.key->mark.line);
  if (added) {
    map.node.entries.push_back({std::move(*map.key), std::move(value)});
  } else {
    findings_.add(map.key->mark, ticked(map.key->value) + " is given twice",
                  "the first one stands in line " + std::to_string(seen->second) +
                      ": remove one, or rename it");
  }
  map.key.reset();
}

void Builder::on_alias(Mark mark, std::size_t anchor) {
  Node unknown;
  unknown.kind = Node::Kind::unknown;
  unknown.mark = mark;
  for (const Open& open : open_) {
    if (open.anchor != anchor) continue;
    findings_.add(mark, "this alias stands inside of what it refers to",
                  "`&` in line " + std::to_string(open.node.mark.line) +
                      " would contain itself for ever: write the value out");
    add(std::move(unknown), 0);
    return;
  }
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end() || !may_copy(found->second, mark)) {
    add(std::move(unknown), 0);
  } else {
    add(found->second, 0);
  }
}

bool Builder::may_copy(const Node& node, Mark mark) {
  if (copied_ > most_copied) return false;
  copied_ += weight(node);
  if (copied_ <= most_copied) return true;
  findings_.add(mark, "the aliases up to here make the file too large",
                "an alias is a copy, and copies of copies multiply: write fewer of them");
  return false;
}

}  // namespace

std::string in_words(const Node& node) {
  switch (node.kind) {
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      return ticked(node.text);
    default:
      return "empty";
  }
}

Document parse_document(const Sources& sources, std::uint32_t file, Findings& findings) {
  Document document;
  const Repair repaired = repair(sources, file, findings);
  if (!repaired.readable) {
    document.root.kind = Node::Kind::unknown;
    document.complete = false;
    return document;
  }
  Builder builder(sources[file], findings);
  const std::optional<SyntaxError> error = parse_syntax(sources[file], file, repaired, builder);
  document.root = builder.take();
  if (error) {
    document.complete = false;
    // Where mending the tabs did not make sense, what is said of the text would not either.
    if (repaired.tab_lines.empty()) findings.add(error->mark, error->message, error->hint);
  }
  return document;
}

}  // namespace penstock
