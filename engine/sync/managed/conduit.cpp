#include "sync/managed/conduit.hpp"

#include "ipc/doorbell.hpp"

namespace penstock::sync {

bool Conduit::send(std::string_view head, std::string_view body) {
  by_socket_ = !mailbox_ || !mailbox_->post(head, body);
  if (by_socket_) return stream_.send(head, body);
  return !mailbox_->has_to_ring() || stream_.ring();
}

Got Conduit::receive_by_socket(std::string& message) {
  Got got = Got::bell;
  while (got == Got::bell) got = stream_.receive(message, FrameStream::kLargest);
  return got;
}

Got Conduit::receive(std::string& message) {
  if (!mailbox_) return receive_by_socket(message);
  while (!ipc::look_for([&] { return mailbox_->arrived(); })) {
    mailbox_->begin_sleep();
    Got got = Got::bell;
    if (!mailbox_->arrived()) got = stream_.receive(message, FrameStream::kLargest);
    mailbox_->end_sleep();
    if (got == Got::bell) continue;
    if (got != Got::frame) {
      if (mailbox_->arrived()) break;  // its last words
      return got;
    }
    std::string none;
    return mailbox_->arrived() && mailbox_->take(none) == Mailbox::Taken::by_socket ? Got::frame
                                                                                    : Got::broken;
  }
  switch (mailbox_->take(message)) {
    case Mailbox::Taken::here:
      return Got::frame;
    case Mailbox::Taken::by_socket:
      return receive_by_socket(message);
    default:
      return Got::broken;
  }
}

bool Conduit::was_read(Got end) const {
  // An unread bell may be all that the other side has left in its socket.
  return mailbox_ && !by_socket_ ? mailbox_->was_taken() : end != Got::unread;
}

}  // namespace penstock::sync
