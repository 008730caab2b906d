#include "plugin/describe.hpp"

#include <cstddef>
#include <string>

#include "base/utf8.hpp"

namespace penstock {
namespace {

constexpr std::size_t kMaxText = 1u << 20;
constexpr std::size_t kMaxElements = 10'000;

// Carries the place within the plugin while the tables are read; the first fault stays.
class TableReader {
 public:
  bool ok() const { return fault_.empty(); }
  const std::string& fault() const { return fault_; }
  void set_place(std::string place) { place_ = std::move(place); }

  void refuse(const std::string& text) {
    if (ok()) fault_ = place_ + text;
  }

  std::string text(penstock_text text) {
    if (text.size == 0) return {};
    if (text.data == nullptr || text.size > kMaxText) {
      refuse("a text is without data, or longer than a mebibyte");
      return {};
    }
    return std::string(text.data, text.size);
  }

  // Elements of an array grow with the minor version: the first one says how large they are.
  template <class Element, class Read>
  void all(const Element* first, std::size_t count, const char* what, Read read) {
    if (count == 0 || !ok()) return;
    if (count > kMaxElements || first == nullptr || first->size < sizeof(Element)) {
      return refuse("its " + std::string(what) + " are incomplete");
    }
    const std::size_t step = first->size;
    const char* at = reinterpret_cast<const char*>(first);
    for (std::size_t i = 0; i < count && ok(); ++i, at += step) {
      const auto& element = *reinterpret_cast<const Element*>(at);
      if (element.size != step) return refuse("its " + std::string(what) + " differ in size");
      read(element);
    }
  }

 private:
  std::string place_;
  std::string fault_;
};

std::vector<PortDescription> read_ports(TableReader& in, const penstock_port* first,
                                        std::size_t count, const char* what) {
  std::vector<PortDescription> ports;
  in.all(first, count, what, [&](const penstock_port& port) {
    ports.push_back({in.text(port.name), in.text(port.type), in.text(port.about), port.flags});
  });
  return ports;
}

ParamDescription read_param(TableReader& in, const penstock_param& param) {
  ParamDescription result;
  result.name = in.text(param.name);
  result.kind = param.kind;
  result.flags = param.flags;
  result.about = in.text(param.about);
  result.fallback = in.text(param.fallback);
  if (param.choice_count > kMaxElements || (param.choice_count > 0 && param.choices == nullptr)) {
    in.refuse("the choices of parameter '" + printable(result.name) + "' are incomplete");
    return result;
  }
  for (std::size_t i = 0; i < param.choice_count; ++i) {
    result.choices.push_back(in.text(param.choices[i]));
  }
  result.minimum = param.minimum;
  result.maximum = param.maximum;
  return result;
}

void check_functions(TableReader& in, const penstock_task& task) {
  const auto need = [&](bool there, const char* name, const char* reason) {
    if (!there) in.refuse(std::string("has no function ") + name + ", " + reason);
  };
  const bool source = task.kind == PENSTOCK_SOURCE;
  need(task.create != nullptr, "create", "which every task needs");
  need(task.destroy != nullptr, "destroy", "which every task needs");
  if (source) need(task.produce != nullptr, "produce", "which a source needs");
  if (!source) need(task.run != nullptr, "run", "which it needs");
  if ((task.flags & PENSTOCK_HAS_SNAPSHOT) != 0) {
    need(task.snapshot != nullptr, "snapshot", "but says that it has snapshots");
    need(task.restore != nullptr, "restore", "but says that it has snapshots");
  }
  if ((task.flags & PENSTOCK_HAS_COMMIT) != 0) {
    need(task.commit != nullptr, "commit", "but says that it commits");
    need(task.open != nullptr, "open", "which a sink that commits needs");
  }
}

TaskDescription read_task(TableReader& in, const penstock_task& task) {
  TaskDescription result;
  result.name = in.text(task.name);
  in.set_place("task '" + printable(result.name) + "': ");
  result.kind = static_cast<TaskKind>(task.kind);
  result.flags = task.flags;
  result.about = in.text(task.about);
  result.inputs = read_ports(in, task.inputs, task.input_count, "inputs");
  result.outputs = read_ports(in, task.outputs, task.output_count, "outputs");
  in.all(task.params, task.param_count, "parameters",
         [&](const penstock_param& param) { result.params.push_back(read_param(in, param)); });
  check_functions(in, task);
  return result;
}

}  // namespace

Result<PluginDescription> describe(Library& library, const std::filesystem::path& path) {
  const auto tasks = library.tasks();
  if (!tasks) return tasks.error();
  const penstock_plugin_info& info = library.info();
  TableReader in;
  PluginDescription plugin;
  plugin.path = path.string();
  plugin.name = in.text(info.name);
  plugin.version = in.text(info.version);
  plugin.about = in.text(info.about);
  plugin.build_id = library.build_id();
  plugin.abi_major = info.abi_major;
  plugin.abi_minor = info.abi_minor;
  for (std::size_t i = 0; i < tasks->size() && in.ok(); ++i) {
    plugin.tasks.push_back(read_task(in, (*tasks)[i]));
  }
  if (!in.ok()) return Error(Status::refused, in.fault());
  if (auto good = check_description(plugin); !good) return good.error();
  return plugin;
}

}  // namespace penstock
