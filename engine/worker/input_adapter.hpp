// Brings what arrives into the form that a task declares: as it is where types agree, converted
// where they only match, parsed where it is a line of text. One for each stage that is read from.
#pragma once

#include <penstock/plugin.h>
#include <penstock/type.hpp>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace penstock {

class InputAdapter {
 public:
  static Result<InputAdapter> create(std::string_view from, std::string_view to);

  // Whether values pass unchanged, so that a part of one is a part of what arrived.
  bool passes() const { return how_ == How::pass; }

  // The value as it stands, or in `converted`, which is written over.
  Result<penstock_bytes> adapt(penstock_bytes value, std::string& converted) const;

 private:
  enum class How { pass, convert, parse };

  How how_ = How::pass;
  bool needs_alignment_ = false;
  Type from_;
  Type to_;
};

// A value of `type` from one line: text and bytes as they stand, numbers and booleans as they are
// written, everything else as JSON. False, with the reason in `error`.
bool value_of_line(const Type& type, std::string_view line, std::string& value, std::string& error);

}  // namespace penstock
