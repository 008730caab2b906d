// Reads the fields of one message, one after the other. What is not as it should be ends it: from
// then on everything is zero or empty, and ok() is false. Owns nothing; the message has to outlive
// it and what it gives out.
#pragma once

#include <penstock/cbor.hpp>

#include <cstdint>
#include <string_view>

namespace penstock::sync {

class MessageReader {
 public:
  explicit MessageReader(std::string_view message) : reader_(as_bytes(message)) {}

  std::uint64_t natural() {
    const CborHead head = next(DatumKind::integer);
    return checked(head.integer.to_unsigned());
  }
  std::int64_t integer() {
    const CborHead head = next(DatumKind::integer);
    return checked(head.integer.to_signed());
  }
  bool flag() { return next(DatumKind::boolean).boolean; }
  std::string_view text() { return next(DatumKind::text).content; }
  std::string_view bytes() { return next(DatumKind::bytes).content; }

  // A number of fields that follow: never more than can.
  std::size_t count() {
    const std::uint64_t number = natural();
    if (number > reader_.left()) fail();
    return ok_ ? static_cast<std::size_t>(number) : 0;
  }

  void fail() { ok_ = false; }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && reader_.done(); }  // all of it has been read

 private:
  CborHead next(DatumKind kind) {
    CborHead head;
    if (ok_ && reader_.next(head) && head.kind == kind) return head;
    ok_ = false;
    return {};
  }
  template <class T>
  T checked(const std::optional<T>& number) {
    if (!number) ok_ = false;
    return number.value_or(0);
  }

  CborReader reader_;
  bool ok_ = true;
};

}  // namespace penstock::sync
