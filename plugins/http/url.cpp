#include "http/url.hpp"

#include <penstock/errors.hpp>

#include <algorithm>
#include <new>

namespace penstock::http {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (::curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&::curl_free)> owner(text, &::curl_free);
  return text;
}

}  // namespace

Url::Url(std::string_view text) : handle_(::curl_url(), &::curl_url_cleanup) {
  if (!handle_) throw std::bad_alloc();
  const std::string whole(trimmed(text));
  shown_ = without_password(whole);
  if (whole.empty()) throw Permanent("the URL is empty");
  if (whole.find('\0') != whole.npos) throw Permanent("the URL has a NUL byte in it");
  const CURLUcode problem = ::curl_url_set(handle_.get(), CURLUPART_URL, whole.c_str(), 0);
  if (problem == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (problem != CURLUE_OK) {
    throw Permanent(shown_ + ": no URL that can be fetched: " + ::curl_url_strerror(problem));
  }
  const std::string scheme = part_of(handle_.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    throw Permanent(shown_ + ": only http and https are fetched, not " + scheme);
  }
  server_ = part_of(handle_.get(), CURLUPART_HOST) + ":" + part_of(handle_.get(), CURLUPART_PORT);
  std::transform(server_.begin(), server_.end(), server_.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
}

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == url.npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == url.npos || at < begin) return std::string(url);
  return std::string(url.substr(0, begin)) + "***" + std::string(url.substr(at));
}

}  // namespace penstock::http
