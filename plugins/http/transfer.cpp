#include "http/transfer.hpp"

#include <penstock/errors.hpp>

#include <new>

#include "http/failure.hpp"

namespace penstock::http {
namespace {

// How long a wish to end the call can stay unseen, if it comes just before the wait.
constexpr int tick_ms = 50;

CURL* new_easy() {
  // Once in the process, before anything else of libcurl.
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) throw Permanent("libcurl cannot be used: it failed to initialise");
  CURL* easy = ::curl_easy_init();
  if (easy == nullptr) throw std::bad_alloc();
  return easy;
}

CURLM* new_multi() {
  CURLM* multi = ::curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

// The easy handle is part of the multi handle for the time of one request.
class Joined {
 public:
  Joined(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) {
    ::curl_multi_add_handle(multi, easy);
  }
  ~Joined() { ::curl_multi_remove_handle(multi_, easy_); }
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;

 private:
  CURLM* multi_;
  CURL* easy_;
};

}  // namespace

template <class T>
void Transfer::set(CURLoption option, T value) {
  const CURLcode code = ::curl_easy_setopt(easy_.get(), option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK) {
    throw Permanent("libcurl does not take an option: " + std::string(::curl_easy_strerror(code)));
  }
}

template <class T>
T Transfer::info(CURLINFO what) const {
  T value{};
  ::curl_easy_getinfo(easy_.get(), what, &value);
  return value;
}

Transfer::Transfer(const Options& options)
    : max_size_(options.max_size),
      multi_(nullptr, &::curl_multi_cleanup),
      easy_(new_easy(), &::curl_easy_cleanup),
      headers_(nullptr, &::curl_slist_free_all),
      detail_(CURL_ERROR_SIZE) {
  multi_.reset(new_multi());
  for (const std::string& header : options.headers) {
    curl_slist* longer = ::curl_slist_append(headers_.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)headers_.release();
    headers_.reset(longer);
  }
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, options.max_redirects > 0 ? 1L : 0L);
  set(CURLOPT_MAXREDIRS, options.max_redirects);
  set(CURLOPT_UNRESTRICTED_AUTH, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_PROXY, options.proxy.c_str());  // an empty one also turns off the environment's
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl can decode
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  if (headers_) set(CURLOPT_HTTPHEADER, headers_.get());
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  set(CURLOPT_BUFFERSIZE, 128L << 10);
  set(CURLOPT_ERRORBUFFER, detail_.data());
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

// Nothing that is thrown may pass through libcurl.
template <class F>
std::size_t Transfer::guarded(std::size_t size, F f) {
  try {
    f();
    return size;
  } catch (...) {
    thrown_ = std::current_exception();
    return size == 0 ? 1 : 0;  // anything but `size` ends the transfer
  }
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.guarded(size * count, [&] { transfer.arrival_->header({data, size * count}); });
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.guarded(
      size * count, [&] { transfer.arrival_->body(std::as_bytes(std::span(data, size * count))); });
}

bool Transfer::get(const Url& url, Arrival& arrival, const std::function<bool()>& cancelled) {
  arrival_ = &arrival;
  thrown_ = nullptr;
  detail_.front() = '\0';
  set(CURLOPT_CURLU, url.handle());
  const Joined joined(multi_.get(), easy_.get());
  for (int running = 1;;) {
    if (cancelled()) return false;
    if (::curl_multi_perform(multi_.get(), &running) != CURLM_OK) throw std::bad_alloc();
    if (running == 0) break;
    ::curl_multi_poll(multi_.get(), nullptr, 0, tick_ms, nullptr);
  }
  int left = 0;
  const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left);
  const CURLcode code = message == nullptr ? CURLE_FAILED_INIT : message->data.result;
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (code != CURLE_OK) fail_transfer(url.shown(), code, detail_.data());
  return true;
}

long Transfer::status() const {
  return info<long>(CURLINFO_RESPONSE_CODE);
}

std::string Transfer::final_url() const {
  const char* url = info<const char*>(CURLINFO_EFFECTIVE_URL);
  return url == nullptr ? "" : url;
}

std::optional<std::uint64_t> Transfer::length() const {
  const auto length = info<curl_off_t>(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
  return length < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(length));
}

double Transfer::seconds() const {
  return static_cast<double>(info<curl_off_t>(CURLINFO_TOTAL_TIME_T)) / 1e6;
}

}  // namespace penstock::http
