#include "image/jpeg_error.hpp"

#include <penstock/errors.hpp>

#include <jerror.h>

#include <new>

namespace penstock::image {
namespace {

// Warnings after which the picture is whole all the same.
bool harmless(int code) {
  return code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_TOO_MUCH_DATA ||
         code == JWRN_ADOBE_XFORM;
}

}  // namespace

JpegError::JpegError() {
  jpeg_std_error(&manager_);
  manager_.error_exit = on_error;
  manager_.emit_message = on_message;
}

JpegError& JpegError::of(j_common_ptr codec) {
  return *reinterpret_cast<JpegError*>(codec->err);
}

void JpegError::on_error(j_common_ptr codec) {
  JpegError& self = of(codec);
  self.manager_.format_message(codec, self.text_);
  std::longjmp(self.jump_, 1);
}

void JpegError::on_message(j_common_ptr codec, int level) {
  constexpr int warning = -1;
  if (level == warning && !harmless(codec->err->msg_code)) on_error(codec);
}

void JpegError::leave(const char* text) {
  std::snprintf(text_, sizeof text_, "%s", text);
  manager_.msg_code = 0;
  std::longjmp(jump_, 1);
}

void JpegError::fail(const char* about) const {
  if (manager_.msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
  throw Permanent(std::string(about) + ": " + text_);
}

}  // namespace penstock::image
