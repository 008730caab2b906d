// A URL, taken apart by libcurl: http or https, written out in full. Owns libcurl's handle. Throws
// Permanent for a text that is none.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

namespace penstock::http {

class Url {
 public:
  explicit Url(std::string_view text);

  CURLU* handle() const { return handle_.get(); }
  const std::string& server() const { return server_; }  // "host:port"
  const std::string& shown() const { return shown_; }    // without user and password

 private:
  std::unique_ptr<CURLU, void (*)(CURLU*)> handle_;
  std::string server_;
  std::string shown_;
};

// A URL for a person: what may stand before an @ as a password is masked.
std::string without_password(std::string_view url);

}  // namespace penstock::http
