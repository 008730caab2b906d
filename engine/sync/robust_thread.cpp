#include "sync/robust_thread.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace penstock::sync {
namespace {

thread_local constinit RobustThread of_this_thread;

}  // namespace

RobustThread& RobustThread::current() {
  RobustThread& thread = of_this_thread;
  if (thread.id_ == 0) [[unlikely]] {
    thread.look_up();
  }
  return thread;
}

void RobustThread::forget() {
  of_this_thread = {};
}

void RobustThread::look_up() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, &RobustThread::forget);
  static_cast<void>(registered);
  std::size_t size = 0;
  ::syscall(SYS_get_robust_list, 0, &list_, &size);
  if (list_ == nullptr) {  // a process that was cloned behind the back of the C library
    list_ = &own_list_;
    own_list_.list.next = &own_list_.list;
    ::syscall(SYS_set_robust_list, list_, sizeof(own_list_));
  }
  id_ = static_cast<std::uint32_t>(::gettid());
}

}  // namespace penstock::sync
