// A request in the hands of a manager's server, and its answer. Both belong to the thread of one
// connection; the request is a view of the message that came.
#pragma once

#include <penstock/cbor.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/managed/message_reader.hpp"
#include "sync/managed/object_store.hpp"

namespace penstock::sync {

class Request {
 public:
  Request(std::string_view message, const ObjectStore& store)
      : reader_(message),
        store_(store),
        verb_(static_cast<Verb>(reader_.natural())),
        object_(reader_.natural()) {}

  Verb verb() const { return verb_; }
  std::uint64_t object() const { return object_; }

  std::uint64_t natural() { return reader_.natural(); }
  std::int64_t integer() { return reader_.integer(); }
  bool flag() { return reader_.flag(); }
  std::string_view text() { return reader_.text(); }
  std::size_t count() { return reader_.count(); }

  // A value with the objects that it names; a key names none, and is a value's bytes alone.
  Entry value();
  std::string_view key();
  StoredRef named();  // an object alone; null after a request that is not complete

  // All has been read, nothing more has come, and every object that it names is there.
  bool complete() const { return reader_.done() && !missing_; }
  bool well_formed() const { return reader_.ok(); }
  bool names_what_is_gone() const { return missing_; }

 private:
  MessageReader reader_;
  const ObjectStore& store_;
  Verb verb_;
  std::uint64_t object_;
  bool missing_ = false;
};

class Answer {
 public:
  Answer() : out_(body_) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  void natural(std::uint64_t number) { out_.natural(number); }
  void integer(std::int64_t number) { out_.integer(number); }
  void flag(bool value) { out_.boolean(value); }
  void key(std::string_view bytes) { out_.bytes(as_bytes(bytes)); }
  void value(const Entry& entry);
  void name(const StoredRef& object);  // its id, and the client gets a reference
  void hand_over(const StoredRef& object) { named_.push_back(object); }  // the reference alone

  // Instead of all that has been written.
  bool refused() const { return refusal_ != Refusal::none; }
  void refuse(Refusal why, std::string_view text, std::string_view type = {});

  // What to do if the client dies before it has read this.
  void if_unread(std::function<void()> undo) { undo_ = std::move(undo); }
  std::function<void()> take_undo() { return std::move(undo_); }

  const std::vector<StoredRef>& named() const { return named_; }
  std::string head() const;
  const std::string& body() const { return body_; }

 private:
  Refusal refusal_ = Refusal::none;
  std::vector<StoredRef> named_;
  std::string body_;
  CborWriter out_;
  std::function<void()> undo_;
};

}  // namespace penstock::sync
