// What can be run here: finds plugins by name and lets each describe itself in a probe, a process
// to be thrown away. This process never opens one of them. The loop's thread; belongs to whoever
// owns loop and keeper, which have to live longer. What is wrong with a plugin comes as an Error
// with the status `refused` and one line: the path and the reason.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "catalog/probe.hpp"
#include "catalog/search_path.hpp"
#include "plugin/descriptor.hpp"
#include "process/keeper.hpp"

namespace penstock {

class Catalog {
 public:
  using Described = std::function<void(Result<PluginDescription>)>;

  static constexpr std::chrono::milliseconds kDeadline{5000};

  // `probe` is penstock-probe; see find_program().
  Catalog(boost::asio::io_context& loop, Keeper& keeper, SearchPath path,
          std::filesystem::path probe, std::chrono::milliseconds deadline = kDeadline);

  const SearchPath& path() const { return path_; }
  Result<PluginFile> find(std::string_view name) const { return path_.find(name); }
  std::vector<PluginFile> list() const { return path_.all(); }

  // A plugin that anybody may write is refused unseen (write_access.hpp): all that is loaded later
  // comes through here. One probe per core runs at a time, others wait; the deadline begins with
  // the probe. `done` comes from the loop, never from within.
  void describe(const std::filesystem::path& library, Described done);

  // The same, running the loop until it is done; several side by side, results in the given order.
  Result<PluginDescription> describe(const std::filesystem::path& library);
  std::vector<Result<PluginDescription>> describe_all(
      const std::vector<std::filesystem::path>& libraries);

 private:
  struct Request {
    std::filesystem::path library;
    Described done;
  };

  void start_waiting();

  boost::asio::io_context& loop_;
  Keeper& keeper_;
  SearchPath path_;
  std::filesystem::path probe_;
  std::chrono::milliseconds deadline_;
  std::deque<Request> waiting_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Probe>> running_;
  std::uint64_t next_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace penstock
