#include "base/wire.hpp"
#include "plugin/descriptor.hpp"

namespace penstock {
namespace {

// The least that an element takes: its number of texts, each with a size of eight bytes.
constexpr std::size_t kText = sizeof(std::uint64_t);

template <class Element, class Write>
void put_all(WireWriter& out, const std::vector<Element>& elements, Write write) {
  out.put(static_cast<std::uint64_t>(elements.size()));
  for (const Element& element : elements) write(out, element);
}

template <class Element, class Read>
void get_all(WireReader& in, std::size_t least, std::vector<Element>& elements, Read read) {
  elements.resize(in.get_count(least));
  for (Element& element : elements) read(in, element);
}

void put_param(WireWriter& out, const ParamDescription& param) {
  out.put_text(param.name);
  out.put(param.kind);
  out.put(param.flags);
  out.put_text(param.about);
  out.put_text(param.fallback);
  put_all(out, param.choices, [](WireWriter& to, const std::string& text) { to.put_text(text); });
  out.put(param.minimum);
  out.put(param.maximum);
}

void get_param(WireReader& in, ParamDescription& param) {
  param.name = in.get_text();
  param.kind = in.get<std::uint32_t>();
  param.flags = in.get<std::uint32_t>();
  param.about = in.get_text();
  param.fallback = in.get_text();
  get_all(in, kText, param.choices,
          [](WireReader& from, std::string& text) { text = from.get_text(); });
  param.minimum = in.get<double>();
  param.maximum = in.get<double>();
}

void put_port(WireWriter& out, const PortDescription& port) {
  out.put_text(port.name);
  out.put_text(port.type);
  out.put_text(port.about);
  out.put(port.flags);
}

void get_port(WireReader& in, PortDescription& port) {
  port.name = in.get_text();
  port.type = in.get_text();
  port.about = in.get_text();
  port.flags = in.get<std::uint32_t>();
}

void put_task(WireWriter& out, const TaskDescription& task) {
  out.put_text(task.name);
  out.put(static_cast<std::uint32_t>(task.kind));
  out.put(task.flags);
  out.put_text(task.about);
  put_all(out, task.inputs, put_port);
  put_all(out, task.outputs, put_port);
  put_all(out, task.params, put_param);
}

void get_task(WireReader& in, TaskDescription& task) {
  task.name = in.get_text();
  task.kind = static_cast<TaskKind>(in.get<std::uint32_t>());
  task.flags = in.get<std::uint32_t>();
  task.about = in.get_text();
  get_all(in, 3 * kText, task.inputs, get_port);
  get_all(in, 3 * kText, task.outputs, get_port);
  get_all(in, 6 * kText, task.params, get_param);
}

}  // namespace

std::string encode(const PluginDescription& plugin) {
  WireWriter out;
  out.put_text(plugin.path);
  out.put_text(plugin.name);
  out.put_text(plugin.version);
  out.put_text(plugin.about);
  out.put_text(plugin.build_id);
  out.put(plugin.abi_major);
  out.put(plugin.abi_minor);
  put_all(out, plugin.tasks, put_task);
  return out.take();
}

Result<PluginDescription> decode_description(std::string_view bytes) {
  WireReader in(bytes);
  PluginDescription plugin;
  plugin.path = in.get_text();
  plugin.name = in.get_text();
  plugin.version = in.get_text();
  plugin.about = in.get_text();
  plugin.build_id = in.get_text();
  plugin.abi_major = in.get<std::uint32_t>();
  plugin.abi_minor = in.get<std::uint32_t>();
  get_all(in, 5 * kText, plugin.tasks, get_task);
  if (!in.ok() || !in.at_end()) {
    return Error(Status::refused,
                 "what its probe sent is not a description; is the plugin writing "
                 "to descriptors that are not its own?");
  }
  if (auto good = check_description(plugin); !good) return good.error();
  return plugin;
}

}  // namespace penstock
