#include "plugin/arguments.hpp"

#include <cstdint>

#include "base/wire.hpp"

namespace penstock {

std::string encode(const std::vector<Argument>& arguments) {
  WireWriter out;
  for (const Argument& argument : arguments) {
    out.put_text(argument.name);
    out.put(argument.kind);
    out.put(static_cast<std::uint64_t>(argument.values.size()));
    for (const Scalar& value : argument.values) {
      out.put(value.integer);
      out.put(value.real);
      out.put_text(value.text);
    }
  }
  return out.take();
}

Result<std::vector<Argument>> decode_arguments(std::string_view bytes) {
  WireReader in(bytes);
  std::vector<Argument> arguments;
  while (in.ok() && !in.at_end()) {
    Argument argument;
    argument.name = in.get_text();
    argument.kind = in.get<std::uint32_t>();
    for (auto left = in.get<std::uint64_t>(); left > 0 && in.ok(); --left) {
      Scalar value;
      value.integer = in.get<std::int64_t>();
      value.real = in.get<double>();
      value.text = in.get_text();
      argument.values.push_back(std::move(value));
    }
    arguments.push_back(std::move(argument));
  }
  if (!in.ok()) return Error(Status::gave_up, "parameters that cannot be read");
  return arguments;
}

}  // namespace penstock
