#include "sync/managed/object_client.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "sync/managed/authentication.hpp"

namespace penstock::sync {
namespace {

constexpr std::size_t kMostIdle = 16;

Token new_token() {
  const Nonce random = new_nonce();
  Token token;
  std::copy_n(random.begin(), token.size(), token.begin());
  return token;
}

}  // namespace

ObjectClient::Link::Link(ObjectClient& of, UniqueFd socket) : of_(of), fd_(socket.get()) {
  const std::lock_guard lock(of_.mutex_);
  conduit_.emplace(std::move(socket));
  of_.descriptors_.insert(fd_);
}

ObjectClient::Link::~Link() {
  const std::lock_guard lock(of_.mutex_);
  conduit_.reset();
  of_.descriptors_.erase(fd_);
}

ObjectClient::ObjectClient(Address address, std::string key)
    : address_(std::move(address)), key_(std::move(key)), token_(new_token()) {}

Result<std::shared_ptr<ObjectClient>> ObjectClient::client() const {
  return std::const_pointer_cast<ObjectClient>(shared_from_this());
}

Host ObjectClient::server() const {
  const std::lock_guard lock(mutex_);
  return host_;
}

bool ObjectClient::is_lost() const {
  const std::lock_guard lock(mutex_);
  return lost_.has_value();
}

Error ObjectClient::lost_error() const {
  const std::lock_guard lock(mutex_);
  return Error(Status::gave_up, *lost_);
}

void ObjectClient::give_up(std::string why) {
  lose(std::move(why), false);
}

void ObjectClient::learn_of_end(const std::string& how) {
  lose("manager: the server at " + to_text(address_) + " " + how + "; its objects are gone", true);
}

void ObjectClient::lose(std::string why, bool known) {
  std::vector<LinkPtr> closed;  // goes without the lock
  const std::lock_guard lock(mutex_);
  if (!lost_ || (known && !end_is_known_)) lost_ = std::move(why);
  end_is_known_ = end_is_known_ || known;
  closed.swap(idle_);
}

Result<void> ObjectClient::join() {
  Result<LinkPtr> link = take_link();
  if (!link) return link.error();
  put_back(std::move(*link));
  return {};
}

Result<ObjectClient::LinkPtr> ObjectClient::take_link() {
  {
    const std::lock_guard lock(mutex_);
    if (lost_) return Error(Status::gave_up, *lost_);
    if (!idle_.empty()) {
      LinkPtr link = std::move(idle_.back());
      idle_.pop_back();
      return link;
    }
  }
  return connect();
}

Result<ObjectClient::LinkPtr> ObjectClient::connect() {
  Result<UniqueFd> socket = connect_to(address_);
  if (!socket) {
    if (server().id == 0 || socket.error().status() != Status::refused) return socket.error();
    give_up("manager: the server at " + to_text(address_) + " has ended, and its objects with it");
    return lost_error();
  }
  auto link = std::make_unique<Link>(*this, std::move(*socket));
  Token token;
  {
    const std::lock_guard lock(mutex_);
    token = token_;
  }
  const Result<Host> host = greet_server(**link, address_, key_, token);
  if (!host) return host.error();
  bool other = false;
  bool again = false;
  {
    const std::lock_guard lock(mutex_);
    if (host_.id == 0) host_ = *host;
    other = host_.id != host->id;
    again = std::exchange(forked_, false);
  }
  if (other) {
    give_up("manager: the server at " + to_text(address_) +
            " has ended, and its objects with it; another one is there now");
    return lost_error();
  }
  if (again) {
    if (const auto held = hold_again(**link); !held) return held.error();
  }
  return link;
}

void ObjectClient::put_back(LinkPtr link) {
  const std::lock_guard lock(mutex_);
  if (!lost_ && idle_.size() < kMostIdle) idle_.push_back(std::move(link));
}  // one that is not kept goes with the parameter, after the lock

Result<std::string> ObjectClient::ask(std::string_view request) {
  if (request.size() > FrameStream::kLargest) {
    return Error(Status::refused, "manager: a request of " + std::to_string(request.size()) +
                                      " bytes is larger than 1 GiB");
  }
  Result<LinkPtr> link = take_link();
  if (!link) return link.error();
  std::string answer;
  if ((**link)->send(request) && (**link)->receive(answer) == Got::frame) {
    put_back(std::move(*link));
    return answer;
  }
  give_up("manager: the server at " + to_text(address_) + " has ended, and its objects with it");
  return lost_error();
}

std::vector<ObjectClient::LinkPtr> ObjectClient::abandon() {
  for (const LinkPtr& link : idle_) descriptors_.erase((*link)->stream().fd());
  for (const int used_by_a_thread_of_the_parent : descriptors_) {
    ::close(used_by_a_thread_of_the_parent);
  }
  descriptors_.clear();
  token_ = new_token();
  forked_ = true;
  for (const auto& [id, known] : objects_) {
    if (const auto object = known.lock()) object->times = 0;
  }
  return std::exchange(idle_, {});
}

}  // namespace penstock::sync
