// http.get: fetches each URL and emits what the server answered. One instance has one request at a
// time and keeps its connections from item to item.
#pragma once

#include <penstock/plugin.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/pace.hpp"
#include "http/response.hpp"
#include "http/transfer.hpp"

namespace penstock::http {

class Get {
 public:
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds connect_timeout{10'000};
  Size max_size = 64_MiB;
  int max_redirects = 5;
  std::vector<std::string> headers;
  std::string authorization;
  std::string user_agent = "penstock";
  std::vector<int> accept;
  std::optional<double> per_host_rate;
  std::string ca_file;
  std::string proxy;

  void params(Params& p);
  void open();
  void run(const Datum& item, Emit<Record>& out, Context& context);

 private:
  void wait_for_turn(const Url& url, const Context& context);
  bool accepts(long status) const;

  std::unique_ptr<Transfer> transfer_;
  Pace pace_;
  std::vector<std::byte> own_;  // a short response, before it is emitted
};

}  // namespace penstock::http
