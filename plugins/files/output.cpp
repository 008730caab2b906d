#include "files/output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

namespace penstock::files {

namespace fs = std::filesystem;

namespace {

// Whether its name still leads to it.
bool is_there(const File& file) {
  const struct stat opened = file.status();
  struct stat named {};
  return ::stat(file.path().c_str(), &named) == 0 && named.st_ino == opened.st_ino &&
         named.st_dev == opened.st_dev;
}

}  // namespace

void Output::open(const std::string& path, int standard_output, Epoch last, std::uint64_t offset) {
  path_ = path;
  if (path == "-") {
    // What stands in for one that was closed cannot be written.
    const int mode = ::fcntl(standard_output, F_GETFL);
    if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY) throw Lack("the standard output is closed");
    return open_stream(File::duplicate(standard_output, "the standard output"));
  }
  const fs::file_status status = fs::status(path);
  if (fs::is_directory(status)) throw Permanent("'" + path + "' is a folder, not a file");
  if (fs::exists(status) && !fs::is_regular_file(status)) return open_stream(File(path, O_WRONLY));

  const bool anew = last == 0;
  kept_ = !anew;
  if (!anew && !fs::exists(path + ".partial")) {
    if (!fs::is_regular_file(status) || fs::file_size(path) != offset) {
      throw Permanent("'" + path + ".partial', to which " + std::to_string(offset) +
                      " bytes were committed, is gone");
    }
    complete_ = true;
    offset_ = offset;
    return;
  }
  open_partial(anew);
  const auto size = static_cast<std::uint64_t>(file_.status().st_size);
  if (!anew && size < offset) {
    throw Permanent("'" + file_.path() + "' has " + std::to_string(size) + " bytes, but " +
                    std::to_string(offset) + " were committed to it: somebody else has changed it");
  }
  offset_ = anew ? 0 : offset;
  file_.truncate(offset_);
}

void Output::open_stream(File file) {
  stream_ = true;
  file_ = std::move(file);
  // A reader that has gone shall be an error with a text, not the death of this process.
  ::signal(SIGPIPE, SIG_IGN);
}

void Output::open_partial(bool anew) {
  create_folder_of(path_);
  const std::string partial = path_ + ".partial";
  for (;;) {
    File file(partial, O_RDWR | (anew ? O_CREAT : 0));
    if (!file.lock()) {
      throw std::runtime_error("'" + partial + "' is being written by another process");
    }
    // Between opening and locking its last owner may have given it its final name.
    if (is_there(file)) {
      file_ = std::move(file);
      return;
    }
  }
}

void Output::reopen() {
  if (::rename(path_.c_str(), (path_ + ".partial").c_str()) != 0) {
    fail_with_errno("cannot reopen", path_);
  }
  open_partial(false);
  complete_ = false;
}

void Output::write(std::string_view content) {
  if (complete_) reopen();
  if (stream_) {
    file_.write_next(content);
  } else {
    file_.write_at(offset_, content);
  }
  offset_ += content.size();
}

void Output::sync() {
  if (!stream_ && !complete_) file_.sync();
}

void Output::finish() {
  if (stream_ || complete_) return;
  file_.sync();
  if (::rename(file_.path().c_str(), path_.c_str()) != 0) fail_with_errno("cannot name", path_);
  sync_folder_of(path_);
  complete_ = true;
}

void Output::close() {
  if (stream_ || complete_ || kept_ || offset_ > 0 || !file_) return;
  if (is_there(file_)) ::unlink(file_.path().c_str());  // while it is locked: nobody else has it
  file_.close();
}

}  // namespace penstock::files
