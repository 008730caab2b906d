#include "sync/managed/message.hpp"

namespace penstock::sync {

Entry Request::value() {
  Entry entry;
  entry.bytes = reader_.bytes();
  const std::size_t names = reader_.count();
  for (std::size_t i = 0; i != names && reader_.ok(); ++i) {
    if (StoredRef object = named()) entry.named.push_back(std::move(object));
  }
  return entry;
}

std::string_view Request::key() {
  const std::string_view bytes = reader_.bytes();
  if (reader_.count() != 0) reader_.fail();
  return bytes;
}

StoredRef Request::named() {
  const std::uint64_t id = reader_.natural();
  if (!reader_.ok()) return nullptr;
  StoredRef object = store_.find(id);
  if (object == nullptr) missing_ = true;
  return object;
}

void Answer::value(const Entry& entry) {
  out_.bytes(as_bytes(entry.bytes));
  named_.insert(named_.end(), entry.named.begin(), entry.named.end());
}

void Answer::name(const StoredRef& object) {
  out_.natural(object->id());
  hand_over(object);
}

void Answer::refuse(Refusal why, std::string_view text, std::string_view type) {
  refusal_ = why;
  named_.clear();
  body_.clear();
  undo_ = nullptr;
  out_.text(text);
  out_.text(type);
}

std::string Answer::head() const {
  std::string head;
  CborWriter out(head);
  out.natural(static_cast<std::uint64_t>(refusal_));
  out.natural(named_.size());
  for (const StoredRef& object : named_) out.natural(object->id());
  return head;
}

void Stored::refuse_verb(Answer& answer, const char* what_this_is) {
  answer.refuse(Refusal::misuse,
                std::string("it is ") + what_this_is + ", of which this cannot be asked");
}

}  // namespace penstock::sync
