// What a process holds of the objects of a server: the part of ObjectClient that counts.
#include <utility>

#include "sync/managed/message_reader.hpp"
#include "sync/managed/object_client.hpp"

namespace penstock::sync {
namespace {

std::string request_for(managed::Verb verb) {
  std::string request;
  CborWriter out(request);
  out.natural(static_cast<std::uint64_t>(verb));
  out.natural(managed::front_desk);
  return request;
}

// The ids that an answer names; none if it refuses.
std::vector<std::uint64_t> named_by(MessageReader& in) {
  std::vector<std::uint64_t> named;
  if (in.natural() != static_cast<std::uint64_t>(managed::Refusal::none)) in.fail();
  const std::size_t count = in.count();
  for (std::size_t i = 0; i != count; ++i) named.push_back(in.natural());
  if (!in.ok()) named.clear();
  return named;
}

}  // namespace

std::vector<std::shared_ptr<RemoteObject>> ObjectClient::adopt(
    const std::vector<std::uint64_t>& ids) {
  std::vector<std::shared_ptr<RemoteObject>> objects;
  objects.reserve(ids.size());
  if (ids.empty()) return objects;
  const auto self = shared_from_this();
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t id : ids) {
    std::weak_ptr<RemoteObject>& known = objects_[id];
    std::shared_ptr<RemoteObject> object = known.lock();
    if (object == nullptr) {
      object = std::make_shared<RemoteObject>(self, id);
      known = object;
    }
    ++object->times;
    objects.push_back(std::move(object));
  }
  return objects;
}

Result<std::shared_ptr<RemoteObject>> ObjectClient::find(std::uint64_t id, std::uint64_t ticket) {
  if (ticket == 0) {
    const std::lock_guard lock(mutex_);
    const auto known = objects_.find(id);
    if (known != objects_.end()) {
      if (auto object = known->second.lock()) return object;
    }
  }
  std::string request = request_for(ticket == 0 ? managed::Verb::hold : managed::Verb::claim);
  CborWriter out(request);
  out.natural(ticket == 0 ? 1 : ticket);
  out.natural(id);
  const Result<std::string> answer = ask(request);
  if (!answer) return answer.error();
  MessageReader in(*answer);
  auto objects = adopt(named_by(in));
  if (objects.size() == 1 && objects[0]->id == id) return std::move(objects[0]);
  return Error(Status::refused,
               "manager: an object is there no more: nobody held it while its name was on the way");
}

Result<std::uint64_t> ObjectClient::deposit(std::uint64_t id) {
  std::string request = request_for(managed::Verb::deposit);
  CborWriter(request).natural(id);
  const Result<std::string> answer = ask(request);
  if (!answer) return answer.error();
  MessageReader in(*answer);
  named_by(in);
  const std::uint64_t ticket = in.natural();
  if (in.done()) return ticket;
  return Error(Status::refused, "manager: an object is there no more, and cannot be passed on");
}

// What the parent still holds is held by the child as well; what it has let go of since is gone.
Result<void> ObjectClient::hold_again(Conduit& link) {
  std::string request = request_for(managed::Verb::hold);
  CborWriter out(request);
  {
    const std::lock_guard lock(mutex_);
    if (objects_.empty()) return {};
    out.natural(objects_.size());
    for (const auto& [id, known] : objects_) out.natural(id);
  }
  std::string answer;
  if (!link.send(request) || link.receive(answer) != Got::frame) {
    return Error(Status::gave_up, "manager: the server at " + to_text(address_) +
                                      " has ended, and its objects with it");
  }
  MessageReader in(answer);
  adopt(named_by(in));
  return {};
}

void ObjectClient::drop(const RemoteObject& object) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = objects_.find(object.id);
    if (known != objects_.end() && known->second.expired()) objects_.erase(known);
    if (lost_ || object.times == 0) return;
  }
  std::string request = request_for(managed::Verb::release);
  CborWriter out(request);
  out.natural(1);
  out.natural(object.id);
  out.natural(object.times);
  ask(request);  // a server that is lost holds nothing any more
}

}  // namespace penstock::sync

namespace penstock::managed {

RemoteObject::~RemoteObject() {
  try {
    client->drop(*this);
  } catch (const std::exception&) {  // no memory to ask with: the object stays until we end
  }
}

}  // namespace penstock::managed
