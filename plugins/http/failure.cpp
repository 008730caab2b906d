#include "http/failure.hpp"

#include <penstock/errors.hpp>

#include <new>

namespace penstock::http {
namespace {

// libcurl does not say whether a name is unknown or could not be asked for.
bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

std::string_view reason_of(long status) {
  switch (status) {
    case 400:
      return " Bad Request";
    case 401:
      return " Unauthorized";
    case 403:
      return " Forbidden";
    case 404:
      return " Not Found";
    case 405:
      return " Method Not Allowed";
    case 408:
      return " Request Timeout";
    case 410:
      return " Gone";
    case 429:
      return " Too Many Requests";
    case 500:
      return " Internal Server Error";
    case 502:
      return " Bad Gateway";
    case 503:
      return " Service Unavailable";
    case 504:
      return " Gateway Timeout";
    default:
      return "";
  }
}

// 408 and 425 ask for another attempt by their definition, as 429 does.
bool may_pass(long status) {
  return status >= 500 || status == 429 || status == 408 || status == 425;
}

}  // namespace

void fail_transfer(const std::string& url, CURLcode code, std::string_view detail) {
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  const std::string text =
      url + ": " + (detail.empty() ? ::curl_easy_strerror(code) : std::string(detail));
  if (may_pass(code)) throw Transient(text);
  throw Permanent(text);
}

void fail_status(const std::string& url, long status, const std::string& retry_after) {
  std::string text =
      url + ": the server answered " + std::to_string(status) + std::string(reason_of(status));
  if (!retry_after.empty()) text += "; it asks to be left alone (Retry-After) for " + retry_after;
  if (may_pass(status)) throw Transient(text);
  throw Permanent(text);
}

}  // namespace penstock::http
