#include "run/observation.hpp"

#include "base/thread.hpp"

namespace penstock {

Observation::Observation(Observer* observer) : observer_(observer) {
  if (observer_ == nullptr) return;
  thread_ = start_thread([this] { work(); });
}

Observation::~Observation() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  something_.notify_one();
  thread_.join();
}

void Observation::line(Level level, std::string text) {
  if (observer_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    if (lines_.size() >= kLinesAtMost || bytes_ + text.size() > kBytesAtMost) {
      ++left_out_;
      return;
    }
    bytes_ += text.size();
    lines_.emplace_back(level, std::move(text));
  }
  something_.notify_one();
}

void Observation::progress(Report report) {
  if (observer_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    progress_ = std::move(report);
  }
  something_.notify_one();
}

void Observation::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    something_.wait(lock,
                    [this] { return closing_ || !lines_.empty() || progress_ || left_out_ > 0; });
    if (lines_.empty() && !progress_ && left_out_ == 0) return;
    std::deque<std::pair<Level, std::string>> lines;
    lines.swap(lines_);
    bytes_ = 0;
    const std::uint64_t left_out = std::exchange(left_out_, 0);
    std::optional<Report> progress;
    progress.swap(progress_);
    lock.unlock();
    for (const auto& [level, text] : lines) observer_->on_line(level, text);
    if (left_out > 0) {
      observer_->on_line(Level::warning,
                         std::to_string(left_out) + " lines were left out: they came too fast");
    }
    if (progress) observer_->on_progress(*progress);
    lock.lock();
  }
}

}  // namespace penstock
