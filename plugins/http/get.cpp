#include "http/get.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>

#include "http/failure.hpp"

namespace penstock::http {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string url_of(const Datum& item) {
  if (item.kind() == DatumKind::text) return std::string(item.text());
  if (item.kind() != DatumKind::map) {
    throw Permanent("the item is neither a URL nor a record with `url`: " +
                    std::string(to_string(item.kind())));
  }
  const Datum url = item["url"];
  if (url.kind() != DatumKind::text) {
    throw Permanent("the record's field `url` is no text: " + std::string(to_string(url.kind())));
  }
  return std::string(url.text());
}

// The response to one request, while it comes.
class Fetched : public Arrival {
 public:
  Fetched(const Transfer& transfer, const Url& url, std::string_view given, std::uint64_t max_size,
          std::function<bool(long)> accepts, Response& response)
      : transfer_(transfer),
        url_(url),
        max_size_(max_size),
        accepts_(std::move(accepts)),
        response_(response) {
    head_.url = given;
  }

  void header(std::string_view line) override {
    const std::size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) {
      head_.headers.clear();
      headers_end_ = false;
    } else if (line == "\r\n" || line == "\n") {
      headers_end_ = true;  // what still comes are trailers
    } else if (!headers_end_ && colon != line.npos) {
      add_header(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
  }

  void body(std::span<const std::byte> bytes) override {
    size_ += bytes.size();
    if (size_ > max_size_) refuse_size();
    if (!accepts_(transfer_.status())) return;  // read all the same, to keep the connection
    if (!response_.begun()) begin();
    response_.add(bytes);
  }

  // The transfer has come to its end. Throws unless its status is accepted.
  void end() {
    const long status = transfer_.status();
    if (!accepts_(status)) {
      const auto retry = head_.headers.find("retry-after");
      fail_status(url_.shown(), status, retry == head_.headers.end() ? "" : retry->second);
    }
    if (!response_.begun()) begin();
  }

 private:
  void begin() {
    head_.status = transfer_.status();
    head_.final_url = transfer_.final_url();
    const std::optional<std::uint64_t> length = transfer_.length();
    if (length && *length > max_size_) refuse_size();
    response_.begin(head_, length);
  }

  // Several of one name are one, with commas between; cookies cannot be joined so.
  void add_header(const std::string& name, std::string_view value) {
    std::string& all = head_.headers[name];
    if (!all.empty()) all += name == "set-cookie" ? "\n" : ", ";
    all += value;
  }

  [[noreturn]] void refuse_size() const {
    throw Permanent(url_.shown() + ": the response is larger than `max_size` allows, " +
                    std::to_string(max_size_) + " bytes");
  }

  const Transfer& transfer_;
  const Url& url_;
  std::uint64_t max_size_;
  std::function<bool(long)> accepts_;
  Response& response_;
  Head head_;
  bool headers_end_ = false;
  std::uint64_t size_ = 0;
};

}  // namespace

void Get::params(Params& p) {
  using std::chrono::milliseconds;
  p.optional("timeout", timeout, "for one URL, redirects included", at_least(milliseconds(1)));
  p.optional("connect_timeout", connect_timeout, "until there is a connection",
             at_least(milliseconds(1)));
  p.optional("max_size", max_size, "of a body, decompressed", at_least(1));
  p.optional("max_redirects", max_redirects, "that are followed; with 0 they are answers as any",
             between(0, 100));
  p.optional("headers", headers, "sent with each request, to every server: Name: value");
  p.optional("authorization", authorization,
             "value of the header Authorization, for the item's own server alone", secret);
  p.optional("user_agent", user_agent, "as which it introduces itself");
  p.optional("accept", accept, "statuses that are passed on; if not set, 200 to 299",
             between(200, 599));
  p.optional("per_host_rate", per_host_rate, "requests a second to one server, of each worker",
             at_least(0.001));
  p.optional("ca_file", ca_file, "certificates that are trusted, as PEM; if not set, the system's");
  p.optional("proxy", proxy, "such as http://localhost:3128; if not set, none");
}

void Get::open() {
  Options options{timeout, connect_timeout, max_size.bytes, max_redirects,
                  headers, user_agent,      ca_file,        proxy};
  for (const std::string& header : headers) {
    const std::size_t colon = header.find(':');
    if (colon == header.npos || colon == 0 || header.find_first_of("\r\n") != header.npos) {
      throw Permanent("'" + header + "' in `headers` is not of the form Name: value");
    }
  }
  if (authorization.find_first_of("\r\n") != authorization.npos) {
    throw Permanent("`authorization` has a line end in it");
  }
  if (!authorization.empty()) options.headers.push_back("Authorization: " + authorization);
  transfer_ = std::make_unique<Transfer>(options);
  if (per_host_rate) pace_ = Pace(*per_host_rate);
}

bool Get::accepts(long status) const {
  if (accept.empty()) return status >= 200 && status <= 299;
  return std::find(accept.begin(), accept.end(), status) != accept.end();
}

void Get::wait_for_turn(const Url& url, const Context& context) {
  constexpr auto tick = std::chrono::milliseconds(50);
  const auto turn = pace_.next(url.server(), Pace::Clock::now());
  for (auto now = Pace::Clock::now(); now < turn; now = Pace::Clock::now()) {
    if (context.cancelled()) throw Transient(url.shown() + ": not fetched, the call had to end");
    const auto nap = std::min<Pace::Clock::duration>(turn - now, tick);
    const timespec wait{0, static_cast<long>(std::chrono::nanoseconds(nap).count())};
    ::nanosleep(&wait, nullptr);
  }
}

void Get::run(const Datum& item, Emit<Record>& out, Context& context) {
  const std::string given = url_of(item);
  const Url url(given);
  wait_for_turn(url, context);
  Response response(context, own_);
  Fetched fetched(
      *transfer_, url, given, max_size.bytes, [this](long status) { return accepts(status); },
      response);
  if (!transfer_->get(url, fetched, [&] { return context.cancelled(); })) {
    throw Transient(url.shown() + ": not fetched to its end, the call had to end");
  }
  fetched.end();
  out(response.end(transfer_->seconds()));
}

}  // namespace penstock::http
