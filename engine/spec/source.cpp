#include "spec/source.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/fd.hpp"
#include "base/units.hpp"

namespace penstock {

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n' && i + 1 < text_.size()) starts_.push_back(i + 1);
  }
}

std::string_view Source::line(std::uint32_t number) const {
  if (number == 0 || number > starts_.size()) return {};
  const std::size_t start = starts_[number - 1];
  const std::size_t end = std::min(text_.find('\n', start), text_.size());
  std::string_view line(text_.data() + start, end - start);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit) {
  const auto refused = [](const std::string& reason) { return Error(Status::refused, reason); };
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(path, code);
  switch (status.type()) {
    case std::filesystem::file_type::regular:
      break;
    case std::filesystem::file_type::not_found:
      return refused("does not exist");
    case std::filesystem::file_type::directory:
      return refused("is a directory");
    default:
      return refused(code ? "cannot be read: " + errno_text(code.value())
                          : "is no regular file, so it is not read");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return refused("cannot be opened: " + errno_text(errno));

  // One byte more than the limit tells "too large" from "just fits", whatever the file's size says.
  std::string text(limit + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return refused("cannot be read: " + errno_text(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > limit) return refused("is larger than " + size_text(limit));
  return text;
}

}  // namespace penstock
