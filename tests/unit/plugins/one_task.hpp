// A task in a plugin of its own, and the rig that drives it.
#pragma once

#include <penstock/testing.hpp>

namespace penstock {

template <class T>
struct SourceOf {
  Plugin plugin;
  Rig rig;

  SourceOf(std::string_view task, const Rig::Settings& settings)
      : rig((plugin.source<T>(task, ""), plugin), task, settings) {}
};

template <class T>
struct SinkOf {
  Plugin plugin;
  Rig rig;

  SinkOf(std::string_view task, const Rig::Settings& settings)
      : rig((plugin.sink<T>(task, ""), plugin), task, settings) {}
};

}  // namespace penstock
