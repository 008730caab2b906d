// The arguments and results of map and its kin: gathers arguments into chunks that are worth a call
// each, keeps a bounded number of them under way, and hands their results back in order or as they
// come. For one thread, that of whoever reads the results.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "api/call_chunk.hpp"
#include "penstock/call.hpp"

namespace penstock {

class CallStream final : public calls::Stream {
 public:
  CallStream(std::shared_ptr<PoolEngine> pool, std::shared_ptr<PoolCall> pattern,
             const CallOptions& options, calls::Order order);
  ~CallStream() override;

  std::size_t room() const override;
  void give(calls::Argument argument) override;
  void end() override {}
  bool next(std::string_view& parcel) override;
  TaskError error_of(const sdk::Entry& entry) const override { return taken_->error_of(entry); }

  // All results of what was given as those of one call.
  calls::CallRef gather();

 private:
  void flush();
  void note_time(const CallChunk& chunk);
  std::shared_ptr<CallChunk> take();

  const std::shared_ptr<PoolEngine> pool_;
  const std::shared_ptr<PoolCall> pattern_;
  const CallOptions options_;
  const calls::Order order_;
  std::size_t chunk_ = 1;  // arguments in one; follows the time that they take
  std::string given_;      // arguments that are in none yet
  std::size_t given_count_ = 0;
  CarriedObjects objects_;  // that these name
  std::deque<std::shared_ptr<CallChunk>> under_way_;
  std::size_t arguments_under_way_ = 0;
  std::shared_ptr<CallChunk> taken_;  // whose results are being read
};

}  // namespace penstock
