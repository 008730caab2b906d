#include "csv/row_scanner.hpp"

#include <algorithm>
#include <cstring>

#include "csv/find_any.hpp"

namespace penstock::csv {
namespace {

class Scanner {
 public:
  Scanner(std::string_view text, bool whole, const Dialect& dialect, std::vector<RawField>& fields)
      : begin_(text.data()),
        at_(begin_),
        end_(begin_ + text.size()),
        whole_(whole),
        dialect_(dialect),
        fields_(fields) {}

  RowScan scan() {
    fields_.clear();
    do {
      const bool quoted = dialect_.quoted && at_ != end_ && *at_ == dialect_.quote;
      quoted ? take_quoted() : take_plain();
    } while (!answered_);
    return answer_;
  }

 private:
  void take_plain() {
    const char* stop = find_any(at_, end_, std::array{dialect_.separator, '\n'});
    if (stop == end_ && !whole_) return answer(RowScan::State::unfinished);
    const char* field_end = stop;
    const bool last = stop == end_ || *stop == '\n';
    if (last && stop != at_ && stop[-1] == '\r') --field_end;
    fields_.push_back({{at_, field_end}, false, false});
    if (last) return complete(stop);
    at_ = stop + 1;
  }

  void take_quoted() {
    const char* content = at_ + 1;
    const char* close = content;
    bool doubled = false;
    for (;; close += 2) {
      close = find(close, dialect_.quote);
      if (close == nullptr) {
        return whole_ ? bad("a quote is not closed") : answer(RowScan::State::unfinished);
      }
      if (close + 1 == end_ || close[1] != dialect_.quote) break;
      doubled = true;
    }
    at_ = close + 1;
    if (at_ == end_ && !whole_) return answer(RowScan::State::unfinished);
    fields_.push_back({{content, close}, true, doubled});
    answer_.lines += static_cast<std::size_t>(std::count(content, close, '\n'));
    if (at_ == end_ || *at_ == '\n') return complete(at_);
    if (*at_ == dialect_.separator) {
      ++at_;
      return;
    }
    if (*at_ == '\r') {
      if (at_ + 1 == end_) {
        return whole_ ? complete(end_) : answer(RowScan::State::unfinished);
      }
      if (at_[1] == '\n') return complete(at_ + 1);
    }
    bad("something follows the closing quote of a field");
  }

  const char* find(const char* from, char wanted) const {
    return static_cast<const char*>(
        std::memchr(from, wanted, static_cast<std::size_t>(end_ - from)));
  }

  void complete(const char* last) {
    answer_.size = static_cast<std::size_t>(last - begin_) + (last == end_ ? 0 : 1);
    answer(RowScan::State::complete);
  }
  void bad(const char* reason) {
    answer_.reason = reason;
    answer(RowScan::State::bad);
  }
  void answer(RowScan::State state) {
    answer_.state = state;
    answered_ = true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const bool whole_;
  const Dialect& dialect_;
  std::vector<RawField>& fields_;
  RowScan answer_;
  bool answered_ = false;
};

}  // namespace

RowScan scan_row(std::string_view text, bool whole, const Dialect& dialect,
                 std::vector<RawField>& fields) {
  return Scanner(text, whole, dialect, fields).scan();
}

std::string_view content_of(const RawField& field, const Dialect& dialect, std::string& scratch) {
  if (!field.doubled) return field.text;
  scratch.clear();
  std::string_view rest = field.text;
  for (;;) {
    const std::size_t quote = rest.find(dialect.quote);
    scratch += rest.substr(0, quote);
    if (quote == rest.npos) return scratch;
    scratch += dialect.quote;
    rest.remove_prefix(quote + 2);
  }
}

std::string_view without_end(std::string_view row) {
  if (row.ends_with('\n')) row.remove_suffix(1);
  if (row.ends_with('\r')) row.remove_suffix(1);
  return row;
}

}  // namespace penstock::csv
