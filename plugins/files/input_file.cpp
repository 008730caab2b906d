#include "files/input_file.hpp"

#include <penstock/errors.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace penstock::files {
namespace {

[[noreturn]] void fail(std::string_view action, const std::string& path) {
  const std::error_code code(errno, std::generic_category());
  const std::string what = std::string(action) + " '" + path + "'";
  if (sdk::is_lack(code)) throw std::system_error(code, what);
  const std::string text = what + ": " + code.message();
  switch (code.value()) {
    case EIO:
    case EAGAIN:
    case EBUSY:
    case ESTALE:
    case ETIMEDOUT:
    case ENOTCONN:
    case EHOSTDOWN:
    case EHOSTUNREACH:
      throw Transient(text);
    default:
      throw Permanent(text);
  }
}

}  // namespace

std::string path_of(const Datum& item) {
  const bool record = item.kind() == DatumKind::map;
  const Datum path = record ? item["path"] : item;
  if (path.kind() != DatumKind::text) {
    throw Permanent(
        "the item names no file: a path as text is wanted, or a record with a field "
        "'path' as files.list gives it, and this is " +
        std::string(record ? "a record whose 'path' is " : "") +
        std::string(to_string(path.kind())));
  }
  if (path.text().find('\0') != std::string_view::npos) {
    throw Permanent("the item names no file: a path has no zero byte in it");
  }
  return std::string(path.text());
}

// Without O_NONBLOCK a named pipe would hold up the call before it is seen to be one.
InputFile::InputFile(std::string path) : path_(std::move(path)) {
  do {
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail("cannot open", path_);
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail("cannot look at", path_);
    if (!S_ISREG(status.st_mode)) throw Permanent("'" + path_ + "' is no regular file");
    expected_size_ = static_cast<std::uint64_t>(status.st_size);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

Bytes InputFile::read(std::span<std::byte> room) const {
  ssize_t size = 0;
  do {
    size = ::read(descriptor_, room.data(), room.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) fail("cannot read", path_);
  return room.first(static_cast<std::size_t>(size));
}

}  // namespace penstock::files
