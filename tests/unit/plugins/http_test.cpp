#include <penstock/testing.hpp>

#include "catch.hpp"
#include "http/failure.hpp"
#include "http/get.hpp"
#include "http/pace.hpp"
#include "http/response.hpp"
#include "http/url.hpp"

using namespace penstock;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

struct Page {
  std::string url;
  std::string final_url;
  int status = 0;
  std::map<std::string, std::string> headers;
  double seconds = 0;
  std::vector<std::byte> body;
};
PENSTOCK_FIELDS(Page, url, final_url, status, headers, seconds, body)

// Answers itself: the item is the body, in pieces of `piece` bytes.
struct Echo {
  int piece = 1000;
  bool announced = false;
  std::vector<std::byte> own;

  void params(Params& p) {
    p.optional("piece", piece, "");
    p.optional("announced", announced, "");
  }
  void run(std::string_view text, Emit<http::Record>& out, Context& context) {
    http::Response response(context, own);
    const http::Head head{"http://a/", "http://b/", 203, {{"x", "1"}, {"y", ""}}};
    response.begin(head, announced ? std::optional(text.size()) : std::nullopt);
    while (!text.empty()) {
      const std::string_view part = text.substr(0, static_cast<std::size_t>(piece));
      response.add(as_bytes(part));
      text.remove_prefix(part.size());
    }
    out(response.end(0.25));
  }
};

Rig echo(Plugin& plugin, const Rig::Settings& settings) {
  plugin.transform<Echo>("echo", "");
  return Rig(plugin, "echo", settings);
}

std::string refused_url(std::string_view text) {
  try {
    const http::Url url(text);
    return "taken";
  } catch (const Permanent& failure) {
    return failure.what();
  }
}

template <class Failure, class F>
std::string thrown(F f) {
  try {
    f();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "nothing of that kind";
}

}  // namespace

TEST_CASE("a response is the record that its type says") {
  Plugin plugin;
  Rig rig = echo(plugin, {});
  REQUIRE(rig.run("body"));
  const Page page = rig.emitted<Page>().at(0);
  CHECK(page.url == "http://a/");
  CHECK(page.final_url == "http://b/");
  CHECK(page.status == 203);
  CHECK(page.headers == std::map<std::string, std::string>{{"x", "1"}, {"y", ""}});
  CHECK(page.seconds == 0.25);
  CHECK(as_text(page.body) == "body");
  CHECK(rig.emissions().front().way == Rig::Way::copied);
  const penstock_text type = rig.task().outputs[0].type;
  CHECK(std::string(type.data, type.size) == sdk::Wire<http::Record>::type());
  CHECK(sdk::Wire<Page>::type() == sdk::Wire<http::Record>::type());
}

TEST_CASE("bodies of every size, announced or not") {
  for (const char* announced : {"true", "false"}) {
    for (const std::size_t size : {0, 1, 65'000, 65'536, 65'537, 200'000, 3'000'001}) {
      Plugin plugin;
      Rig rig = echo(plugin, {{"announced", announced}, {"piece", "4099"}});
      std::string text;
      for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7919 >> 3);
      REQUIRE(rig.run(text));
      CHECK((as_text(rig.emitted<Page>().at(0).body) == text));
      CHECK((rig.emissions().front().way == Rig::Way::loaned) == (size > 65'400));
    }
  }
}

TEST_CASE("what is fetched is http or https, and written out in full") {
  CHECK(http::Url(" http://example.org/a?b#c\r\n").server() == "example.org:80");
  CHECK(http::Url("https://EXAMPLE.org").server() == "example.org:443");
  CHECK(http::Url("http://[::1]:8080/").server() == "[::1]:8080");
  CHECK_THAT(refused_url(""), Contains("empty"));
  CHECK_THAT(refused_url("example.org"), Contains("no URL that can be fetched"));
  CHECK_THAT(refused_url("http://a:b:c/"), Contains("no URL that can be fetched"));
  CHECK_THAT(refused_url(std::string_view("http://a/\0b", 11)), Contains("NUL"));
  CHECK_THAT(refused_url("ftp://a/"), Contains("only http and https are fetched, not ftp"));
}

TEST_CASE("passwords are masked in what is said") {
  CHECK(http::without_password("http://u:p@h/x@y") == "http://***@h/x@y");
  CHECK(http::without_password("http://u:p@w@h/") == "http://***@h/");
  CHECK(http::without_password("http://h/?a=b@c") == "http://h/?a=b@c");
  CHECK(http::without_password("u:p@h") == "***@h");
  CHECK_THAT(refused_url("ftp://u:secret@h/"), !Contains("secret"));
}

TEST_CASE("requests to one server are spaced evenly, others do not wait") {
  http::Pace pace(10);
  const http::Pace::Clock::time_point start{1h};
  CHECK(pace.next("a", start) == start);
  CHECK(pace.next("a", start) == start + 100ms);
  CHECK(pace.next("b", start) == start);
  CHECK(pace.next("a", start + 150ms) == start + 200ms);
  CHECK(pace.next("a", start + 10s) == start + 10s);
  CHECK(pace.next("a", start + 10s) == start + 10s + 100ms);
  http::Pace unlimited;
  CHECK(unlimited.next("a", start) == start);
  CHECK(unlimited.next("a", start) == start);
}

TEST_CASE("failures that another attempt may mend are told from those that it will not") {
  const auto transfer = [](CURLcode code) {
    return [code] { http::fail_transfer("U", code, ""); };
  };
  CHECK(thrown<Transient>(transfer(CURLE_COULDNT_CONNECT)) == "U: Couldn't connect to server");
  CHECK_THAT(thrown<Transient>(transfer(CURLE_OPERATION_TIMEDOUT)), Contains("U: Timeout"));
  CHECK_THAT(thrown<Permanent>(transfer(CURLE_PEER_FAILED_VERIFICATION)), Contains("SSL"));
  CHECK_THAT(thrown<Permanent>(transfer(CURLE_TOO_MANY_REDIRECTS)), Contains("redirects"));
  CHECK(thrown<Permanent>([] { http::fail_transfer("U", CURLE_URL_MALFORMAT, "why"); }) ==
        "U: why");
  CHECK(thrown<Transient>([] { http::fail_status("U", 503, "3"); }) ==
        "U: the server answered 503 Service Unavailable; it asks to be left alone (Retry-After) "
        "for 3");
  CHECK(thrown<Permanent>([] { http::fail_status("U", 418, ""); }) == "U: the server answered 418");
}

TEST_CASE("parameters that make no request are refused, and items that are no URL") {
  const auto failure = [](const Rig::Settings& settings) {
    Plugin plugin;
    plugin.transform<http::Get>("get", "");
    Rig rig(plugin, "get", settings);
    CHECK_FALSE(rig.open());
    return rig.failure()->text;
  };
  CHECK_THAT(failure({{"headers", "no colon"}}), Contains("not of the form Name: value"));
  CHECK_THAT(failure({{"headers", "A: b\r\nC: d"}}), Contains("not of the form Name: value"));
  CHECK_THAT(failure({{"authorization", "a\nb"}}), Contains("line end"));

  Plugin plugin;
  plugin.transform<http::Get>("get", "");
  Rig rig(plugin, "get");
  REQUIRE(rig.open());
  CHECK_FALSE(rig.run(std::int64_t{1}));
  CHECK_THAT(rig.failure()->text, Contains("neither a URL nor a record with `url`: int"));
  CHECK_FALSE(rig.run(std::map<std::string, std::string>{{"link", "x"}}));
  CHECK_THAT(rig.failure()->text, Contains("`url` is no text: null"));
}
