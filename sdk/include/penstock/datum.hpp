// A view of any value, whatever its type and however it is stored: as a number in memory, as a
// packed struct or as CBOR. It owns nothing: bytes, and the Type of a packed struct, have to
// outlive it. Damaged bytes show up as a datum of kind `malformed`, where they are met; nothing is
// read out of bounds. Asking a datum for what it is not throws std::runtime_error; a look at kind()
// prevents it.
#pragma once

#include <penstock/cbor.hpp>

#include <cstddef>
#include <iterator>
#include <stdexcept>

namespace penstock PENSTOCK_HIDDEN {

class PENSTOCK_TYPE Datum {
 public:
  struct Entry;
  class Entries;

  Datum() = default;  // null

  // A value of `type` as it lies in memory.
  Datum(const Type& type, Bytes bytes) { read(type, bytes); }

  // The one CBOR item that `bytes` consist of.
  static Datum cbor(Bytes bytes) {
    CborReader reader(bytes);
    Datum datum = next(reader);
    if (datum.kind_ == DatumKind::list || datum.kind_ == DatumKind::map) return datum;
    return reader.done() || datum.kind_ == DatumKind::malformed
               ? datum
               : malformed("something follows where it should end");
  }

  // The item at the reader, which moves behind it: of a list or map, only behind its head.
  static Datum next(CborReader& reader) {
    CborHead head;
    const Bytes from_here{reader.position(), reader.left()};
    if (!reader.next(head)) return malformed(reader.error());
    Datum datum;
    datum.kind_ = head.kind;
    datum.boolean_ = head.boolean;
    datum.integer_ = head.integer;
    datum.real_ = head.real;
    datum.content_ = as_bytes(head.content);
    datum.count_ = head.count;
    if (head.kind == DatumKind::list || head.kind == DatumKind::map) {
      datum.content_ = {reader.position(), reader.left()};
    }
    datum.encoded_ = from_here;
    return datum;
  }

  DatumKind kind() const { return kind_; }
  bool is_null() const { return kind_ == DatumKind::null; }
  std::string_view error() const { return error_; }  // what is malformed

  bool boolean() const { return need(DatumKind::boolean).boolean_; }
  Integer number() const { return need(DatumKind::integer).integer_; }

  std::int64_t integer() const {
    const std::optional<std::int64_t> value = number().to_signed();
    if (!value) throw std::runtime_error("a number is beyond what 64 bits with a sign can hold");
    return *value;
  }

  double real() const {
    return kind_ == DatumKind::integer ? integer_.to_real() : need(DatumKind::real).real_;
  }

  std::string_view text() const { return as_text(need(DatumKind::text).content_); }

  Bytes bytes() const {
    return kind_ == DatumKind::text ? content_ : need(DatumKind::bytes).content_;
  }

  // Elements of a list, entries of a map.
  std::size_t size() const {
    return kind_ == DatumKind::map ? count_ : need(DatumKind::list).count_;
  }

  // The elements of a list, in order: a range of Datum.
  Entries elements() const;
  // The entries of a map, in order: a range of Entry {key, value}.
  Entries entries() const;

  Datum operator[](std::size_t index) const;     // throws std::out_of_range
  Datum operator[](std::string_view key) const;  // null if there is no such entry

  // The encoded item, if this is a view on CBOR; else, and where it is damaged, nothing.
  std::optional<Bytes> encoded() const {
    if (encoded_.empty()) return std::nullopt;
    CborReader reader(encoded_);
    return reader.skip() ? std::optional(encoded_.first(encoded_.size() - reader.left()))
                         : std::nullopt;
  }

 private:
  friend class Entries;

  static Datum malformed(const char* reason) {
    Datum datum;
    datum.kind_ = DatumKind::malformed;
    datum.error_ = reason;
    return datum;
  }

  const Datum& need(DatumKind kind) const {
    if (kind_ == kind) return *this;
    if (kind_ == DatumKind::malformed) {
      throw std::runtime_error("a value is damaged: " + std::string(error_));
    }
    throw std::runtime_error("a " + std::string(to_string(kind_)) + " is given where a " +
                             std::string(to_string(kind)) + " is wanted");
  }

  void read(const Type& type, Bytes bytes) {
    const auto sized = [&](std::size_t size, PackedScalar scalar) {
      if (bytes.size() == size) {
        read(scalar, bytes);
      } else {
        *this = malformed("its size is not that of its type");
      }
    };
    switch (type.kind) {
      case TypeKind::null: break;
      case TypeKind::boolean: sized(1, PackedScalar::boolean); break;
      case TypeKind::integer: sized(8, PackedScalar::i64); break;
      case TypeKind::real: sized(8, PackedScalar::f64); break;
      case TypeKind::text:
      case TypeKind::bytes:
        kind_ = type.kind == TypeKind::text ? DatumKind::text : DatumKind::bytes;
        content_ = bytes;
        break;
      case TypeKind::packed:
        if (bytes.size() != type.size) {
          *this = malformed("its size is not that of its type");
          break;
        }
        kind_ = DatumKind::map;
        content_ = bytes;
        count_ = type.fields.size();
        type_ = &type;
        break;
      default: *this = cbor(bytes); break;
    }
  }

  template <class T>
  static T load(Bytes bytes) {
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  void read(PackedScalar scalar, Bytes bytes) {
    kind_ = DatumKind::integer;
    switch (scalar) {
      case PackedScalar::boolean: {
        const auto value = load<std::uint8_t>(bytes);
        kind_ = DatumKind::boolean;
        boolean_ = value == 1;
        if (value > 1) *this = malformed("a bool is neither 0 nor 1");
        break;
      }
      case PackedScalar::i8: integer_ = Integer::from(load<std::int8_t>(bytes)); break;
      case PackedScalar::i16: integer_ = Integer::from(load<std::int16_t>(bytes)); break;
      case PackedScalar::i32: integer_ = Integer::from(load<std::int32_t>(bytes)); break;
      case PackedScalar::i64: integer_ = Integer::from(load<std::int64_t>(bytes)); break;
      case PackedScalar::u8: integer_.magnitude = load<std::uint8_t>(bytes); break;
      case PackedScalar::u16: integer_.magnitude = load<std::uint16_t>(bytes); break;
      case PackedScalar::u32: integer_.magnitude = load<std::uint32_t>(bytes); break;
      case PackedScalar::u64: integer_.magnitude = load<std::uint64_t>(bytes); break;
      case PackedScalar::f32:
        kind_ = DatumKind::real;
        real_ = load<float>(bytes);
        break;
      case PackedScalar::f64:
        kind_ = DatumKind::real;
        real_ = load<double>(bytes);
        break;
      case PackedScalar::chars: {
        kind_ = DatumKind::text;
        const std::string_view text = as_text(bytes);
        content_ = bytes.first(std::min(text.find('\0'), text.size()));
        break;
      }
    }
  }

  static Datum field(const PackedField& field, Bytes owner) {
    const Bytes bytes = owner.subspan(field.offset, size_of(field));
    Datum datum;
    if (!field.array) {
      datum.read(field.scalar, bytes);
      return datum;
    }
    datum.kind_ = DatumKind::list;
    datum.content_ = bytes;
    datum.count_ = field.count;
    datum.field_ = &field;
    return datum;
  }

  DatumKind kind_ = DatumKind::null;
  bool boolean_ = false;
  Integer integer_;
  double real_ = 0;
  Bytes content_;          // text, bytes; packed: the struct or array; CBOR: behind the head
  std::size_t count_ = 0;  // of a list or map
  const char* error_ = "";
  Bytes encoded_;                       // CBOR: the item, and what follows it
  const Type* type_ = nullptr;          // of a map that is a packed struct
  const PackedField* field_ = nullptr;  // of a list that is an array in one
};

struct PENSTOCK_TYPE Datum::Entry {
  std::string_view key;  // empty in a list
  Datum value;
};

// What is in a list or map, read while it is walked. Damage is the last thing that it shows.
class PENSTOCK_TYPE Datum::Entries {
 public:
  class PENSTOCK_TYPE iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;

    explicit iterator(const Datum& owner) : owner_(owner), reader_(owner.content_) { load(); }

    const Entry& operator*() const { return entry_; }
    const Entry* operator->() const { return &entry_; }
    iterator& operator++() {
      ++index_;
      load();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return index_ >= owner_.count_; }

   private:
    void load() {
      if (index_ >= owner_.count_) return;
      if (owner_.type_ != nullptr) {
        const PackedField& field = owner_.type_->fields[index_];
        entry_ = {field.name, Datum::field(field, owner_.content_)};
      } else if (owner_.field_ != nullptr) {
        const std::size_t size = size_of(owner_.field_->scalar);
        entry_.value = Datum();
        entry_.value.read(owner_.field_->scalar, owner_.content_.subspan(index_ * size, size));
      } else {
        load_cbor();
      }
    }

    void load_cbor() {
      CborHead key;
      if (owner_.kind_ == DatumKind::map) {
        if (!reader_.next(key)) return stop(reader_.error());
        if (key.kind != DatumKind::text) return stop("a key of a map is not text");
      }
      const Bytes rest{reader_.position(), reader_.left()};
      if (!reader_.skip()) return stop(reader_.error());
      CborReader value(rest.first(rest.size() - reader_.left()));
      entry_ = {key.content, Datum::next(value)};
    }

    void stop(const char* reason) {
      entry_ = {{}, Datum::malformed(reason)};
      index_ = owner_.count_ - 1;
    }

    Datum owner_;
    CborReader reader_;
    std::size_t index_ = 0;
    Entry entry_;
  };

  explicit Entries(const Datum& owner) : owner_(owner) {}

  iterator begin() const { return iterator(owner_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Datum owner_;
};

inline Datum::Entries Datum::elements() const {
  return Entries(need(DatumKind::list));
}
inline Datum::Entries Datum::entries() const {
  return Entries(need(DatumKind::map));
}

inline Datum Datum::operator[](std::size_t index) const {
  for (const Entry& entry : elements()) {
    if (index-- == 0 || entry.value.kind_ == DatumKind::malformed) return entry.value;
  }
  throw std::out_of_range("a list is shorter than the index");
}

inline Datum Datum::operator[](std::string_view key) const {
  for (const Entry& entry : entries()) {
    if (entry.key == key || entry.value.kind_ == DatumKind::malformed) return entry.value;
  }
  return {};
}

}  // namespace penstock
