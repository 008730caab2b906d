// Why there is no response, or none that is wanted, and whether another attempt may help: each
// function throws Transient where it may (no connection, a time-out, 5xx, 429), Permanent where it
// will not (4xx, TLS, limits). The texts begin with the URL.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

namespace penstock::http {

// The transfer did not come to its end; `detail` is libcurl's own text, if it has one.
[[noreturn]] void fail_transfer(const std::string& url, CURLcode code, std::string_view detail);

// It did, with a status that is not accepted. `retry_after` as the server wrote it.
[[noreturn]] void fail_status(const std::string& url, long status, const std::string& retry_after);

}  // namespace penstock::http
