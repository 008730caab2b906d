// What the letters to a worker say. Encoded as lengths and bytes in the machine's own order: both
// ends run on one machine, from one build.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ipc/message.hpp"

namespace penstock::ipc {

enum class LetterKind : std::uint32_t {
  hello = 1,      // HelloOrder; descriptors: board, engine's home, worker's home, bell, [stdout]
  extent,         // ExtentOrder; descriptor: an extent of somebody else, to be mapped for reading
  grant,          // ExtentOrder; descriptor: an extent for the worker's own arena
  refusal,        // text: why an extent was not granted
  again,          // no extent yet, but blocks of the worker were freed: it may find room in them
  stage,          // StageOrder; goes with a descriptor of kind open
  id,             // text: the id of the item in hand
  object,         // ObjectOrder; descriptors: what an object is opened from that calls bring along
  forget_object,  // ObjectOrder: no call that was sent brings it any more
};

// In place of a library's path: the tasks of the program that the worker is.
inline constexpr std::string_view kOwnTasks = "this program";

// What a worker keeps itself from, before it loads a plugin; see SandboxPolicy of plan/plan.hpp.
struct SandboxOrder {
  enum class Files : std::uint8_t { all, read_only, listed };
  bool network = true;
  Files files = Files::all;
  std::vector<std::string> paths;    // listed: can be read and written
  std::vector<std::string> plugins;  // folders of those that it is going to load
};

struct HelloOrder {
  std::uint32_t home_extent = 0;  // id of the worker's own home
  std::uint32_t party = 0;        // the worker's number among those who share objects; 0: none
  bool prints = false;            // its standard output is the one that comes along
  std::optional<SandboxOrder> sandbox;
};

struct ObjectOrder {
  std::uint64_t id = 0;
  std::uint32_t kind = 0;  // penstock_object_kind
  std::string name;        // under which any call finds it; empty: only those that bring it
};

struct ExtentOrder {
  std::uint32_t id = 0;
  std::uint64_t size = 0;
};

// In place of a type: a line of text that stands for a value of the task's own type.
inline constexpr std::string_view kLine = "line";

// How items come to a stage, per index in `extra` of a run.
struct Arrival {
  std::string type;
  std::uint16_t input = 0;  // of the task
  bool keyed = false;       // each with a key behind its value
  bool several = false;     // each a list of values, see <penstock/parcel.hpp>
};

// What a test has happen to an item; see FaultPlan of plan/plan.hpp.
struct FaultOrder {
  enum class Kind : std::uint8_t { crash, hang, exit, error, oom, disk_full, slow };
  Kind kind = Kind::crash;
  std::string item;         // its id
  std::uint64_t times = 0;  // in so many of its first attempts
  std::uint64_t ns = 0;     // slow
};

// One stage for this worker to open.
struct StageOrder {
  std::uint16_t stage = 0;
  std::string name;
  std::string library;      // path of the plugin
  std::string task;         // name within the plugin
  std::string instance_id;  // see penstock_host
  std::string arguments;    // encoded by plugin/arguments.hpp
  std::vector<Arrival> arrivals;
  std::vector<bool> keyed_outputs;  // per output: whether each value is to have its key behind it
  std::uint64_t max_output = 0;
  bool checksum = false;
  // Run once when it is opened, with this argument.
  bool runs_at_open = false;
  std::string first_type;
  std::string first_argument;
  // To go on from: `restore` says whether there is a snapshot at all.
  bool restore = false;
  bool forced = false;              // even if what it was taken in has changed
  Where at_where = Where::nothing;  // the snapshot, or a sink's last answer
  std::string at_inline;
  BlockRef at_block;
  std::uint64_t input_position = 0;  // of the engine's standard input
  std::uint64_t last_epoch = 0;
  std::vector<FaultOrder> faults;
};

std::string encode(const HelloOrder& order);
std::string encode(const ExtentOrder& order);
std::string encode(const ObjectOrder& order);
std::string encode(const StageOrder& order);
Result<HelloOrder> decode_hello(std::string_view bytes);
Result<ExtentOrder> decode_extent(std::string_view bytes);
Result<ObjectOrder> decode_object(std::string_view bytes);
Result<StageOrder> decode_stage(std::string_view bytes);

}  // namespace penstock::ipc
