// The bodies of penstock/managed/call.hpp: where values of the engine become exceptions.
#include <penstock/managed/call.hpp>

#include <atomic>
#include <cstdio>
#include <stdexcept>

#include "sync/managed/clients.hpp"
#include "sync/managed/message_reader.hpp"

namespace penstock::managed {
namespace {

thread_local Scope* current_scope = nullptr;

[[noreturn]] void throw_error(const Error& error) {
  if (error.status() == Status::gave_up) throw ManagerLost(error.what());
  throw ManagerError(error.status(), error.what());
}

template <class T>
T checked(Result<T> result) {
  if (!result) throw_error(result.error());
  return std::move(*result);
}

[[noreturn]] void throw_refusal(Refusal why, std::string_view text, std::string_view type) {
  const std::string said = "manager: " + std::string(text);
  switch (why) {
    case Refusal::absent:
      throw std::out_of_range(said);
    case Refusal::broken:
      throw BrokenBarrier(said);
    case Refusal::closed:
      throw Closed(said);
    case Refusal::thrown:
      throw RemoteError(std::string(type), said);
    default:
      throw ManagerError(said);
  }
}

std::string hexadecimal(std::uint64_t number) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%llx", static_cast<unsigned long long>(number));
  return digits;
}

// "#ID" or "ADDRESS#ID+TICKET"
struct Spelling {
  std::string_view address;
  std::uint64_t id = 0;
  std::uint64_t ticket = 0;
};

Spelling parse(std::string_view text) {
  Spelling spelling;
  const std::size_t hash = text.rfind('#');
  if (hash == std::string_view::npos) throw Malformed("a text names no object of a manager");
  spelling.address = text.substr(0, hash);
  const char* at = text.data() + hash + 1;
  const char* const end = text.data() + text.size();
  auto [stop, failure] = std::from_chars(at, end, spelling.id, 16);
  if (failure == std::errc{} && stop != end && *stop == '+') {
    const auto ticket = std::from_chars(stop + 1, end, spelling.ticket, 16);
    stop = ticket.ptr;
    failure = ticket.ec;
  }
  if (failure != std::errc{} || stop != end) {
    throw Malformed("a text names no object of a manager");
  }
  return spelling;
}

}  // namespace

Scope::Scope(const Here& here) : here_(here), outer_(current_scope) {
  current_scope = this;
}

Scope::~Scope() {
  current_scope = outer_;
}

void Scope::name(std::uint64_t object) {
  named_.push_back(object);
  if (auto kept = here_.keep(object)) kept_.push_back(std::move(kept));
}

Scope* Scope::current() {
  return current_scope;
}

bool Reference::operator==(const Reference& other) const {
  if (object_ == nullptr || other.object_ == nullptr) return object_ == other.object_;
  return object_->id == other.object_->id;
}

std::string Reference::spelled() const {
  if (object_ == nullptr) throw ManagerError("manager: a proxy of nothing is passed");
  sync::ObjectClient& client = *object_->client;
  if (Scope* scope = Scope::current()) {
    if (scope->here().host() != client.host()) {
      throw ManagerError("manager: an object of another server cannot be kept in this one");
    }
    scope->name(object_->id);
    return "#" + hexadecimal(object_->id);
  }
  const std::uint64_t ticket = checked(client.deposit(object_->id));
  return to_text(client.address()) + "#" + hexadecimal(object_->id) + "+" + hexadecimal(ticket);
}

Reference Reference::found(std::string_view text) {
  const Spelling spelling = parse(text);
  std::shared_ptr<sync::ObjectClient> client;
  if (spelling.address.empty()) {
    const Scope* scope = Scope::current();
    if (scope == nullptr) throw Malformed("an object of a manager stands outside of its server");
    client = checked(scope->here().client());
  } else {
    const sync::Address address = checked(sync::parse_address(spelling.address));
    client = checked(sync::Clients::of_this_process().client(address));
  }
  return Reference(checked(client->find(spelling.id, spelling.ticket)));
}

struct Reply::Parts {
  Parts(std::string bytes, std::shared_ptr<sync::ObjectClient> from)
      : message(std::move(bytes)), in(message), client(std::move(from)) {}

  const std::string message;
  sync::MessageReader in;
  const std::shared_ptr<sync::ObjectClient> client;
  std::vector<std::shared_ptr<RemoteObject>> named;  // held until all values have been read
};

Reply::Reply(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
  sync::MessageReader& in = parts_->in;
  const auto refusal = static_cast<Refusal>(in.natural());
  std::vector<std::uint64_t> named(in.count());
  for (std::uint64_t& id : named) id = in.natural();
  if (refusal == Refusal::none && in.ok()) {
    parts_->named = parts_->client->adopt(named);
    return;
  }
  const std::string_view text = in.text();
  const std::string_view type = in.text();
  if (!in.done()) throw ManagerError("manager: an answer of the server has no form");
  throw_refusal(refusal, text, type);
}

Reply::Reply(Reply&&) noexcept = default;
Reply::~Reply() = default;

namespace {

template <class T>
T well_formed(const sync::MessageReader& in, T value) {
  if (!in.ok()) throw ManagerError("manager: an answer of the server has no form");
  return value;
}

}  // namespace

bool Reply::flag() {
  const bool value = parts_->in.flag();
  return well_formed(parts_->in, value);
}

std::uint64_t Reply::natural() {
  const std::uint64_t number = parts_->in.natural();
  return well_formed(parts_->in, number);
}

std::int64_t Reply::integer() {
  const std::int64_t number = parts_->in.integer();
  return well_formed(parts_->in, number);
}

Bytes Reply::bytes() {
  const std::string_view bytes = parts_->in.bytes();
  return well_formed(parts_->in, as_bytes(bytes));
}

const Here& Reply::here() const {
  return *parts_->client;
}

Reference Reply::reference() {
  return Reference(checked(parts_->client->find(natural(), 0)));
}

Call::Call(const Reference& object, Verb verb) : object_(object.object_) {
  if (object_ == nullptr) throw ManagerError("manager: a proxy of nothing is used");
  natural(static_cast<std::uint64_t>(verb));
  natural(object_->id);
}

const Here& Call::here() const {
  return *object_->client;
}

Call& Call::natural(std::uint64_t number) {
  CborWriter(request_).natural(number);
  return *this;
}

Call& Call::integer(std::int64_t number) {
  CborWriter(request_).integer(number);
  return *this;
}

Call& Call::flag(bool value) {
  CborWriter(request_).boolean(value);
  return *this;
}

Call& Call::text(std::string_view text) {
  CborWriter(request_).text(text);
  return *this;
}

Call& Call::reference(const Reference& object) {
  if (object.object_ == nullptr) throw ManagerError("manager: a proxy of nothing is passed");
  if (object.object_->client->host() != object_->client->host()) {
    throw ManagerError("manager: an object of another server cannot be kept in this one");
  }
  return natural(object.object_->id);
}

// A value is written where it is to stand; its length, in the widest form, is filled in afterwards.
std::size_t Call::begin_value() {
  const std::size_t begin = request_.size();
  request_.append("\x5a\0\0\0\0", 5);
  return begin;
}

void Call::end_value(std::size_t begin, const Scope& scope) {
  const std::size_t size = request_.size() - begin - 5;
  if (size > sync::FrameStream::kLargest) {
    throw ManagerError("manager: a value of " + std::to_string(size) +
                       " bytes is larger than 1 GiB");
  }
  for (std::size_t i = 0; i != 4; ++i) {
    request_[begin + 1 + i] = static_cast<char>(size >> (24 - 8 * i));
  }
  natural(scope.named().size());
  for (const std::uint64_t id : scope.named()) natural(id);
}

Reply Call::send() {
  return Reply(
      std::make_unique<Reply::Parts>(checked(object_->client->ask(request_)), object_->client));
}

std::uint64_t this_thread() {
  static std::atomic<std::uint64_t> last{0};
  thread_local const std::uint64_t number = ++last;
  return number;
}

}  // namespace penstock::managed
