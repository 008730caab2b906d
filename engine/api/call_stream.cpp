#include "api/call_stream.hpp"

#include <algorithm>
#include <utility>

#include "api/carried.hpp"
#include "api/pool_engine.hpp"

namespace penstock {
namespace {

// Long enough that sending and answering do not count (a few microseconds), short enough that many
// of them can be shared out among the workers.
constexpr double kChunkNs = 500'000;
constexpr std::size_t kChunkAtMost = 16'384;
constexpr std::size_t kChunkBytes = 1u << 20;
constexpr std::size_t kGrowth = 8;      // times, from one chunk to the next
constexpr std::size_t kChunksEach = 4;  // of what is known beforehand, for a worker

// Results of several chunks that are to be one call's.
struct Sum {
  std::vector<std::shared_ptr<CallChunk>> chunks;
  std::atomic<std::size_t> left{0};
};

void collect(Sum& sum, PoolCall& whole) {
  if (!whole.claim()) return;
  std::size_t size = 0;
  for (const auto& chunk : sum.chunks) size += chunk->results().size();
  auto into = whole.value_to_fill().resize(size);
  for (const auto& chunk : sum.chunks) {
    const auto bytes = as_bytes(chunk->results());
    std::copy(bytes.begin(), bytes.end(), into.begin());
    into = into.subspan(bytes.size());
  }
  whole.publish();
}

// The first failure in a chunk of values that are all wanted; nothing: none.
std::optional<TaskError> failure_in(const CallChunk& chunk) {
  sdk::ParcelReader entries(chunk.results());
  for (sdk::Entry entry; entries.next(entry);) {
    if (entry.kind != sdk::EntryKind::value) return chunk.error_of(entry);
  }
  return std::nullopt;
}

}  // namespace

CallStream::CallStream(std::shared_ptr<PoolEngine> pool, std::shared_ptr<PoolCall> pattern,
                       const CallOptions& options, calls::Order order)
    : pool_(std::move(pool)), pattern_(std::move(pattern)), options_(options), order_(order) {
  if (options_.chunk > 0) chunk_ = options_.chunk;
}

CallStream::~CallStream() {
  for (const auto& chunk : under_way_) chunk->cancel();
}

std::size_t CallStream::room() const {
  const std::size_t workers = pool_->processes();
  const std::size_t window = options_.window > 0 ? options_.window : chunk_ * (2 * workers + 1);
  const std::size_t taken = arguments_under_way_ + given_count_;
  return window > taken ? window - taken : (taken == 0 ? 1 : 0);
}

void CallStream::give(calls::Argument argument) {
  sdk::add_entry(given_, {sdk::EntryKind::value, 0, argument.bytes});
  for (auto& object : carried(argument.objects)) objects_.push_back(std::move(object));
  ++given_count_;
  if (order_ == calls::Order::gathered) return;
  if (given_count_ >= chunk_ || given_.size() >= kChunkBytes) flush();
}

void CallStream::flush() {
  if (given_count_ == 0) return;
  auto chunk = std::make_shared<CallChunk>(pool_, pattern_, std::exchange(given_, {}), given_count_,
                                           std::exchange(objects_, {}));
  chunk->begin();
  arguments_under_way_ += std::exchange(given_count_, 0);
  under_way_.push_back(std::move(chunk));
}

bool CallStream::next(std::string_view& parcel) {
  flush();
  if (under_way_.empty()) return false;
  taken_ = take();
  arguments_under_way_ -= taken_->count();
  note_time(*taken_);
  parcel = taken_->results();
  return true;
}

std::shared_ptr<CallChunk> CallStream::take() {
  if (order_ == calls::Order::as_given) {
    pool_->runtime().wait([this] { return under_way_.front()->ready(); });
    auto chunk = std::move(under_way_.front());
    under_way_.pop_front();
    return chunk;
  }
  const auto ready = [](const auto& chunk) { return chunk->ready(); };
  pool_->runtime().wait([&] { return std::ranges::any_of(under_way_, ready); });
  const auto found = std::ranges::find_if(under_way_, ready);
  auto chunk = std::move(*found);
  under_way_.erase(found);
  return chunk;
}

void CallStream::note_time(const CallChunk& chunk) {
  if (options_.chunk > 0 || chunk.ns_each() <= 0 || pattern_->timeout_ns > 0) return;
  const auto worth = static_cast<std::size_t>(kChunkNs / chunk.ns_each());
  chunk_ = std::clamp<std::size_t>(worth, 1, std::min(kChunkAtMost, chunk_ * kGrowth));
}

calls::CallRef CallStream::gather() {
  const std::size_t count = given_count_;
  const std::size_t share = count / (kChunksEach * pool_->processes());
  const std::size_t each = options_.chunk > 0 ? options_.chunk
                           : pattern_->timeout_ns > 0
                               ? 1
                               : std::clamp<std::size_t>(share, 1, kChunkAtMost);
  auto sum = std::make_shared<Sum>();
  sdk::ParcelReader entries(given_);
  std::string part;
  std::size_t in_part = 0;
  const auto end_part = [&] {
    if (in_part == 0) return;
    sum->chunks.push_back(std::make_shared<CallChunk>(pool_, pattern_, std::exchange(part, {}),
                                                      std::exchange(in_part, 0), objects_));
  };
  for (sdk::Entry entry; entries.next(entry);) {
    sdk::add_entry(part, entry);
    if (++in_part >= each || part.size() >= kChunkBytes) end_part();
  }
  end_part();

  auto whole = pool_->prepare_like(*pattern_);
  pool_->count_in(*whole);
  sum->left = sum->chunks.size();
  if (sum->chunks.empty()) collect(*sum, *whole);
  whole->on_end = [weak = std::weak_ptr(whole), sum] {
    // Where it has failed, or nobody wants it any more, the rest is not run.
    const auto ended = weak.lock();
    if (ended && ended->error() == nullptr) return;
    for (const auto& chunk : sum->chunks) chunk->cancel();
  };
  for (const auto& chunk : sum->chunks) {
    chunk->on_ready = [whole, sum, weak = std::weak_ptr(chunk)] {
      const auto ready = weak.lock();
      const auto failure = ready ? failure_in(*ready) : std::nullopt;
      if (failure && whole->claim()) {
        whole->fail(*failure);
        whole->publish();
      }
      if (--sum->left == 0) collect(*sum, *whole);
    };
  }
  auto next = sum->chunks.begin();
  const auto forget_others = [&] {
    for (; next != sum->chunks.end(); ++next) (*next)->on_ready = nullptr;
  };
  try {
    for (; next != sum->chunks.end() && !whole->ready(); ++next) (*next)->begin();
  } catch (...) {  // the pool takes no more calls
    forget_others();
    whole->cancel_waiting();
    throw;
  }
  forget_others();
  return whole;
}

}  // namespace penstock
