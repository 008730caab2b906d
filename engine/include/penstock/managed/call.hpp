// What all proxies are made of: a counted reference to an object in a manager's server, and one
// call of it with its answer. Programs use the proxies (dict.hpp, list.hpp, ...), not this.
//
// A Reference may be used by any thread; copies are of the same object. The server keeps an object
// as long as a process has a reference to it or a value in the server names it. Calls of different
// threads go side by side; each waits for its answer, and fails at once when the server dies. Calls
// and replies belong to one thread.
#pragma once

#include <penstock/record.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/managed/errors.hpp"
#include "penstock/managed/protocol.hpp"

namespace penstock::managed {

class RemoteObject;  // what this process knows of one object
class Here;          // a server: seen from a client, or from inside

class Reference {
 public:
  Reference() = default;  // to nothing
  explicit Reference(std::shared_ptr<RemoteObject> object) : object_(std::move(object)) {}

  explicit operator bool() const { return object_ != nullptr; }
  bool operator==(const Reference& other) const;

  // As text, from which any process finds the object: good for the first one that reads it, and for
  // more as long as somebody holds the object meanwhile. In a value that is on its way to the
  // object's own server it is good for as long as the value stands there.
  std::string spelled() const;
  static Reference found(std::string_view text);

 private:
  friend class Call;

  std::shared_ptr<RemoteObject> object_;
};

// While a value is written or read on this thread: the server that it goes to or comes from.
class Scope {
 public:
  explicit Scope(const Here& here);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  const Here& here() const { return here_; }
  // An object that the value names; from inside the server it is kept alive by that.
  void name(std::uint64_t object);
  const std::vector<std::uint64_t>& named() const { return named_; }
  const std::vector<std::shared_ptr<void>>& kept() const { return kept_; }

  static Scope* current();

 private:
  const Here& here_;
  std::vector<std::uint64_t> named_;
  std::vector<std::shared_ptr<void>> kept_;
  Scope* const outer_;
};

// Types that own what they are made of, as what a proxy hands out has to.
template <class T>
concept Owning = !std::is_reference_v<T> && !std::same_as<T, std::string_view> &&
                 !std::same_as<T, Bytes> && !std::same_as<T, Datum>;

// Throws ManagerError for bytes that are no T.
template <class T>
T decoded(Bytes bytes, const Here& here) {
  const Scope scope(here);
  T value{};
  try {
    CborReader reader(bytes);
    sdk::Codec<T>::read(reader, value);
    if (!reader.done()) throw Malformed("something follows where it should end");
  } catch (const Malformed& failure) {
    throw ManagerError("manager: a value is not of the type that is asked for: " +
                       std::string(failure.what()));
  }
  return value;
}

class Reply {
 public:
  Reply(Reply&&) noexcept;
  ~Reply();

  bool flag();
  std::uint64_t natural();
  std::int64_t integer();
  template <Owning T>
  T value() {
    return decoded<T>(bytes(), here());
  }
  Reference reference();  // an object alone

 private:
  friend class Call;
  struct Parts;

  explicit Reply(std::unique_ptr<Parts> parts);
  Bytes bytes();
  const Here& here() const;

  std::unique_ptr<Parts> parts_;
};

class Call {
 public:
  Call(const Reference& object, Verb verb);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Call& natural(std::uint64_t number);
  Call& integer(std::int64_t number);
  Call& flag(bool value);
  Call& text(std::string_view text);
  Call& reference(const Reference& object);  // of the same server

  template <class T>
  Call& value(const T& value) {
    const Scope scope(here());
    const std::size_t begin = begin_value();
    CborWriter out(request_);
    sdk::Codec<T>::write(out, value);
    end_value(begin, scope);
    return *this;
  }
  template <class... T>
  Call& values(const T&... each) {
    (value(each), ...);
    return *this;
  }
  template <class T>
  Call& key(const T& key) {
    const Scope scope(here());
    const std::size_t begin = begin_value();
    CborWriter out(request_);
    sdk::Codec<T>::write(out, key);
    if (!scope.named().empty()) throw ManagerError("manager: a proxy cannot be part of a key");
    end_value(begin, scope);
    return *this;
  }
  // What is to be added to a number that is a T, and what a T can hold.
  template <class T>
  Call& addition(T delta) {
    using Limits = std::numeric_limits<T>;
    return value(delta).value(Limits::lowest()).value(Limits::max());
  }
  Call& timeout(std::chrono::nanoseconds timeout) {
    return integer(timeout.count() < 0 ? 0 : timeout.count());
  }
  Call& no_timeout() { return integer(-1); }

  // Waits for the answer.
  Reply send();

 private:
  const Here& here() const;
  std::size_t begin_value();
  void end_value(std::size_t begin, const Scope& scope);

  const std::shared_ptr<RemoteObject> object_;
  std::string request_;
};

// The number of the calling thread, for what belongs to one.
std::uint64_t this_thread();

// Proxies on an edge and inside other values: a record that names the object. What it holds is part
// of the type, so that a list of numbers is not taken for one of texts. A class P of proxies is
// derived from Proxied and has
//   static constexpr std::string_view kind
//   static std::string element()     the type of what it holds, as on an edge; empty: nothing
//   explicit P(Reference)
class Proxied {
 public:
  Proxied() = default;
  explicit Proxied(Reference reference) : reference_(std::move(reference)) {}

  const Reference& reference() const { return reference_; }
  explicit operator bool() const { return static_cast<bool>(reference_); }
  bool operator==(const Proxied& other) const = default;  // the same object

 protected:
  Call call(Verb verb) const { return Call(reference_, verb); }

 private:
  Reference reference_;
};

template <class T>
concept AnyProxy = std::derived_from<T, Proxied> && requires {
  { T::kind } -> std::convertible_to<std::string_view>;
};

}  // namespace penstock::managed

namespace penstock PENSTOCK_HIDDEN {
namespace sdk {

template <managed::AnyProxy T>
struct Codec<T> {
  static std::string type(int) {
    const std::string held = T::element();
    return "record{managed_" + std::string(T::kind) + ":text" +
           (held.empty() ? "" : ",of:optional<list<" + held + ">>") + "}";
  }
  static void write(CborWriter& out, const T& value) {
    out.map(1);
    out.text("managed_" + std::string(T::kind));
    out.text(value.reference().spelled());
  }
  static void read(CborReader& in, T& value) {
    value = T();
    for (std::size_t left = take(in, DatumKind::map).count; left != 0; --left) {
      std::string_view name = take(in, DatumKind::text).content;
      if (!name.starts_with("managed_")) {
        if (!in.skip()) throw Malformed(std::string("a value is damaged: ") + in.error());
        continue;
      }
      name.remove_prefix(8);
      if (name != T::kind) {
        throw Malformed("a " + std::string(name) + " of a manager arrived where a " +
                        std::string(T::kind) + " is declared");
      }
      value = T(managed::Reference::found(take(in, DatumKind::text).content));
    }
    if (!value) throw Malformed("an object of a manager is declared, and none arrived");
  }
};

}  // namespace sdk
}  // namespace PENSTOCK_HIDDEN
