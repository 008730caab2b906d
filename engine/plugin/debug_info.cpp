#include "plugin/debug_info.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace penstock {
namespace {

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

std::string hex(std::uint64_t number) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof text, number, 16).ptr;
  return "0x" + std::string(text, end);
}

std::string file_name(const std::string& module) {
  return std::filesystem::path(module).filename().string();
}

struct Place {
  std::string file;
  int line = 0;
};

std::string at(const std::string& function, const Place& place) {
  if (place.file.empty()) return function;
  return function + " at " + place.file + ":" + std::to_string(place.line);
}

std::string function_name(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(die, name, &attribute) == nullptr) continue;
    if (const char* text = dwarf_formstring(&attribute)) return demangle(text);
  }
  const char* text = dwarf_diename(die);
  return text == nullptr ? "?" : text;
}

std::optional<Dwarf_Word> number(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(die, name, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formudata(&attribute, &value) != 0) return std::nullopt;
  return value;
}

// Where the body of an inlined function stands in its caller.
Place call_place(Dwarf_Die* unit, Dwarf_Die* inlined) {
  Dwarf_Files* files = nullptr;
  const auto file = number(inlined, DW_AT_call_file);
  const auto line = number(inlined, DW_AT_call_line);
  if (!file || !line || dwarf_getsrcfiles(unit, &files, nullptr) != 0) return {};
  const char* name = dwarf_filesrc(files, *file, nullptr, nullptr);
  return name == nullptr ? Place{} : Place{name, static_cast<int>(*line)};
}

Place source_place(Dwfl_Module* module, Dwarf_Addr address) {
  Dwfl_Line* line = dwfl_module_getsrc(module, address);
  Place place;
  const char* file = line == nullptr
                         ? nullptr
                         : dwfl_lineinfo(line, nullptr, &place.line, nullptr, nullptr, nullptr);
  if (file != nullptr) place.file = file;
  return place;
}

struct Scopes {
  ~Scopes() { std::free(dies); }
  Dwarf_Die* dies = nullptr;
  int count = 0;
};

// The functions around an address, by its debug information.
std::vector<std::string> by_debug_info(Dwfl_Module* module, Dwarf_Addr address) {
  Dwarf_Addr bias = 0;
  Dwarf_Die* unit = dwfl_module_addrdie(module, address, &bias);
  if (unit == nullptr) return {};
  Scopes innermost;
  innermost.count = dwarf_getscopes(unit, address - bias, &innermost.dies);
  if (innermost.count <= 0) return {};
  // Asked for an address, libdw goes from an inlined function on to where it was defined; asked for
  // a scope, to where it stands.
  Scopes scopes;
  scopes.count = dwarf_getscopes_die(&innermost.dies[0], &scopes.dies);
  std::vector<std::string> lines;
  Place place = source_place(module, address);
  for (int i = 0; i < scopes.count; ++i) {
    Dwarf_Die* die = &scopes.dies[i];
    const int tag = dwarf_tag(die);
    if (tag == DW_TAG_inlined_subroutine) {
      lines.push_back(at(function_name(die), place) + " (inlined)");
      place = call_place(unit, die);
    } else if (tag == DW_TAG_subprogram) {
      lines.push_back(at(function_name(die), place));
      break;
    }
  }
  return lines;
}

}  // namespace

// What is not on this machine is not fetched from elsewhere.
DebugInfo::DebugInfo() {
  ::unsetenv("DEBUGINFOD_URLS");
}
DebugInfo::~DebugInfo() = default;

void DebugInfo::Close::operator()(Dwfl* dwfl) const {
  dwfl_end(dwfl);
}

Dwfl* DebugInfo::open(const std::string& module) {
  const auto known = modules_.find(module);
  if (known != modules_.end()) return known->second.get();
  static const Dwfl_Callbacks callbacks{nullptr, dwfl_standard_find_debuginfo,
                                        dwfl_offline_section_address, nullptr};
  std::unique_ptr<Dwfl, Close> dwfl(dwfl_begin(&callbacks));
  if (dwfl) {
    dwfl_report_begin(dwfl.get());
    dwfl_report_offline(dwfl.get(), module.c_str(), module.c_str(), -1);
    dwfl_report_end(dwfl.get(), nullptr, nullptr);
  }
  return modules_.emplace(module, std::move(dwfl)).first->second.get();
}

std::vector<std::string> DebugInfo::lines(const std::string& module, std::uint64_t address) {
  const std::string raw = file_name(module) + "+" + hex(address);
  Dwfl* dwfl = open(module);
  if (dwfl == nullptr) return {raw};
  Dwfl_Module* loaded = nullptr;
  dwfl_getmodules(
      dwfl,
      [](Dwfl_Module* found, void**, const char*, Dwarf_Addr, void* result) -> int {
        *static_cast<Dwfl_Module**>(result) = found;
        return DWARF_CB_ABORT;
      },
      &loaded, 0);
  Dwarf_Addr bias = 0;
  if (loaded == nullptr || dwfl_module_getelf(loaded, &bias) == nullptr) return {raw};
  auto lines = by_debug_info(loaded, address + bias);
  if (!lines.empty()) return lines;
  const char* symbol = dwfl_module_addrname(loaded, address + bias);
  if (symbol == nullptr) return {raw};
  return {demangle(symbol) + " in " + file_name(module)};
}

}  // namespace penstock
