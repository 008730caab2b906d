// From the addresses of a crash to functions, files and lines, without opening a module in this
// process: a probe looks them up, one at a time. Answers that were given once are remembered. The
// loop's thread; loop and keeper have to live longer. It never fails: an address about which
// nothing can be found out in time is shown as "libtext.so+0x1f40".
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/probe.hpp"
#include "process/keeper.hpp"

namespace penstock {

// Of a call that is not the innermost one: the return address less one.
struct CodeAddress {
  std::string module;         // path of the file; empty: not known
  std::uint64_t address = 0;  // as it stands in that file: less the module's load address

  auto operator<=>(const CodeAddress&) const = default;
};

class Symbolizer {
 public:
  // One or, where functions were inlined, several lines for each address, in order.
  using Done = std::function<void(std::vector<std::string> lines)>;

  static constexpr std::chrono::milliseconds kDeadline{3000};
  static constexpr std::size_t kMaxAddresses = 128;  // of one stack; the rest is left out

  Symbolizer(boost::asio::io_context& loop, Keeper& keeper, std::filesystem::path probe,
             std::chrono::milliseconds deadline = kDeadline);

  // `done` comes from the loop, never from within.
  void symbolize(std::vector<CodeAddress> stack, Done done);

 private:
  struct Request {
    std::vector<CodeAddress> stack;
    Done done;
  };

  void start_next();
  void remember(const std::vector<CodeAddress>& asked, const std::string& answer);
  std::vector<std::string> lines(const std::vector<CodeAddress>& stack) const;

  boost::asio::io_context& loop_;
  Keeper& keeper_;
  std::filesystem::path probe_;
  std::chrono::milliseconds deadline_;
  std::deque<Request> waiting_;
  std::unique_ptr<Probe> running_;
  std::map<CodeAddress, std::vector<std::string>> known_;
};

}  // namespace penstock
