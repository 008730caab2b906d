// What the sources of records give on their output `rejects`: a piece of the input that is no
// record, with its place and the reason.
#pragma once

#include <penstock/fields.hpp>

#include <cstdint>
#include <string>

namespace penstock::files {

struct Reject {
  std::string file;
  std::int64_t line = 0;
  std::string text;
  std::string reason;
};
PENSTOCK_FIELDS(Reject, file, line, text, reason)

// What happens to it: it goes to `rejects`, or the run fails.
enum class OnBad { reject, fail };
PENSTOCK_ENUM(OnBad, reject, fail)

}  // namespace penstock::files
