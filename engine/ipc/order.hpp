// What the letters to a worker say. Encoded as lengths and bytes in the machine's own order: both
// ends run on one machine, from one build.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ipc/message.hpp"

namespace penstock::ipc {

enum class LetterKind : std::uint32_t {
  hello = 1,  // HelloOrder; descriptors: board, engine's home, worker's home, bell, [stdout]
  extent,     // ExtentOrder; descriptor: an extent of somebody else, to be mapped for reading
  grant,      // ExtentOrder; descriptor: an extent for the worker's own arena
  refusal,    // text: why an extent was not granted
  again,      // no extent yet, but blocks of the worker were freed: it may find room in them
  stage,      // StageOrder; goes with a descriptor of kind open
  id,         // text: the id of the item in hand
};

struct HelloOrder {
  std::uint32_t home_extent = 0;  // id of the worker's own home
};

struct ExtentOrder {
  std::uint32_t id = 0;
  std::uint64_t size = 0;
};

// In place of a type: a line of text that stands for a value of the task's own type.
inline constexpr std::string_view kLine = "line";

// One stage for this worker to open.
struct StageOrder {
  std::uint16_t stage = 0;
  std::string name;
  std::string library;                  // path of the plugin
  std::string task;                     // name within the plugin
  std::string arguments;                // encoded by plugin/arguments.hpp
  std::vector<std::string> from_types;  // what arrives, per index in `extra` of a run
  std::uint64_t max_output = 0;
  // To go on from: `restore` says whether there is a snapshot at all.
  bool restore = false;
  Where at_where = Where::nothing;  // the snapshot, or a sink's last answer
  std::string at_inline;
  BlockRef at_block;
  std::uint64_t input_position = 0;  // of the engine's standard input
  std::uint64_t last_epoch = 0;
};

std::string encode(const HelloOrder& order);
std::string encode(const ExtentOrder& order);
std::string encode(const StageOrder& order);
Result<HelloOrder> decode_hello(std::string_view bytes);
Result<ExtentOrder> decode_extent(std::string_view bytes);
Result<StageOrder> decode_stage(std::string_view bytes);

}  // namespace penstock::ipc
