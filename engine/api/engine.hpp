// What every use of the engine begins with: a loop, the keeper, and a look at plugins from outside.
// Belongs to the thread that runs it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "api/undertaker.hpp"
#include "catalog/catalog.hpp"
#include "catalog/symbolizer.hpp"
#include "plan/offer.hpp"
#include "process/keeper.hpp"

namespace penstock {

class Engine {
 public:
  // `lock`: the descriptor of a lock that is not to be free before everything below the engine is
  // gone; -1: none. Throws Error.
  explicit Engine(int lock = -1);

  boost::asio::io_context& loop() { return loop_; }
  Keeper& keeper() { return *keeper_; }
  Symbolizer& symbolizer() { return *symbolizer_; }
  Undertaker& undertaker() { return undertaker_; }

  // `beside`: the pipeline file's folder; empty: none.
  Catalog catalog(const std::vector<std::string>& plugin_path, const std::filesystem::path& beside);

  // What the catalog knows of the plugins that are needed.
  Offer offer(Catalog& catalog, const std::vector<PluginNeed>& needs);

 private:
  boost::asio::io_context loop_;
  Undertaker undertaker_{loop_};
  std::filesystem::path probe_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<Symbolizer> symbolizer_;
};

// The task of this name, or an Error that says what may have been meant.
const TaskDescription& find_task(const PluginDescription& plugin, const std::string& name);

}  // namespace penstock
