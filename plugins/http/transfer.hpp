// Requests over libcurl, one after the other; connections are kept between them, as long as they
// live. What comes is given to an Arrival, whose exceptions end the transfer and are thrown on from
// here. One thread.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/url.hpp"

namespace penstock::http {

struct Options {
  std::chrono::milliseconds timeout{};
  std::chrono::milliseconds connect_timeout{};
  std::uint64_t max_size = 0;
  long max_redirects = 0;
  std::vector<std::string> headers;  // Name: value
  std::string user_agent;
  std::string ca_file;  // empty: the system's
  std::string proxy;    // empty: none
};

class Arrival {
 public:
  virtual ~Arrival() = default;
  virtual void header(std::string_view line) = 0;  // also "HTTP/1.1 200 OK", of each response
  virtual void body(std::span<const std::byte> bytes) = 0;  // of the last response
};

class Transfer {
 public:
  // Throws Permanent if libcurl does not take the options.
  explicit Transfer(const Options& options);

  // False if `cancelled` was true before it ended. Throws what the arrival throws, and what
  // fail_transfer() does.
  bool get(const Url& url, Arrival& arrival, const std::function<bool()>& cancelled);

  // Of the request in hand, or the last one.
  long status() const;
  std::string final_url() const;
  std::optional<std::uint64_t> length() const;  // that the server has announced
  double seconds() const;

 private:
  template <class T>
  void set(CURLoption option, T value);
  template <class T>
  T info(CURLINFO what) const;
  template <class F>
  std::size_t guarded(std::size_t size, F f);

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);

  std::uint64_t max_size_;
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi_;
  std::unique_ptr<CURL, void (*)(CURL*)> easy_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_;
  std::vector<char> detail_;
  Arrival* arrival_ = nullptr;
  std::exception_ptr thrown_;
};

}  // namespace penstock::http
