// How libjpeg's errors become exceptions. The library is C, and leaves it by longjmp; nothing with
// a destructor may stand between where that begins and where it ends. So each call into it stands
// alone in a function given to `guarded`, which has none, and which throws when all is C++ again.
//
// A warning about damaged data counts as an error: libjpeg would go on and make up what is missing.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <string>

#include <jpeglib.h>

namespace penstock::image {

class JpegError {
 public:
  JpegError();
  JpegError(const JpegError&) = delete;
  JpegError& operator=(const JpegError&) = delete;

  jpeg_error_mgr* manager() { return &manager_; }

  // Ends what is being run by `guarded`, from within a function that libjpeg calls.
  [[noreturn]] void leave(const char* text);

  // Runs f, in which nothing has a destructor. Throws Permanent with `about` and libjpeg's text.
  template <class F>
  void guarded(const char* about, const F& f) {
    if (setjmp(jump_) == 0) {
      f();
      return;
    }
    fail(about);
  }

 private:
  static JpegError& of(j_common_ptr codec);
  [[noreturn]] static void on_error(j_common_ptr codec);
  static void on_message(j_common_ptr codec, int level);
  [[noreturn]] void fail(const char* about) const;

  jpeg_error_mgr manager_{};  // the first member: libjpeg's pointer to it is a pointer to this
  std::jmp_buf jump_{};
  char text_[JMSG_LENGTH_MAX] = "";
};

}  // namespace penstock::image
