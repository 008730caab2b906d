// hash.sum_line: a digest and its path as sha256sum writes them, so that `sha256sum -c` can
// check a file of such lines: digest, two spaces, path. A path with a backslash, a newline or a
// carriage return in it has \\, \n or \r there, and the line begins with a backslash.
#pragma once

#include <penstock/fields.hpp>

#include <string>
#include <string_view>

namespace penstock::hash {

struct NamedDigest {  // of what hash.sha256_file gives
  std::string_view digest;
  std::string_view path;
};
PENSTOCK_FIELDS(NamedDigest, digest, path)

std::string sum_line(const NamedDigest& named);

}  // namespace penstock::hash
