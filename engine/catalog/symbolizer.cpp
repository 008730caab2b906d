#include "catalog/symbolizer.hpp"

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"
#include "base/wire.hpp"

namespace penstock {
namespace {

constexpr std::size_t kMaxKnown = 4096;
constexpr std::size_t kMaxLines = 64;  // of one address

std::string hex(std::uint64_t number) {
  char text[16];
  return std::string(text, std::to_chars(text, text + sizeof text, number, 16).ptr);
}

std::string raw(const CodeAddress& code) {
  if (code.module.empty()) return "0x" + hex(code.address);
  return printable(std::filesystem::path(code.module).filename().string()) + "+0x" +
         hex(code.address);
}

}  // namespace

Symbolizer::Symbolizer(boost::asio::io_context& loop, Keeper& keeper, std::filesystem::path probe,
                       std::chrono::milliseconds deadline)
    : loop_(loop), keeper_(keeper), probe_(std::move(probe)), deadline_(deadline) {}

void Symbolizer::symbolize(std::vector<CodeAddress> stack, Done done) {
  stack.resize(std::min(stack.size(), kMaxAddresses));
  waiting_.push_back({std::move(stack), std::move(done)});
  if (!running_) start_next();
}

void Symbolizer::start_next() {
  if (waiting_.empty()) return;
  std::vector<CodeAddress> asked;
  std::vector<std::string> arguments{"symbolize"};
  for (const CodeAddress& code : waiting_.front().stack) {
    if (code.module.empty() || known_.contains(code)) continue;
    asked.push_back(code);
    arguments.push_back(code.module);
    arguments.push_back(hex(code.address));
  }
  // A probe without addresses ends at once: so the answer never comes from within symbolize().
  running_ = std::make_unique<Probe>(loop_, keeper_, probe_, std::move(arguments), deadline_,
                                     [this, asked = std::move(asked)](ProbeReport report) {
                                       running_.reset();
                                       remember(asked, report.answer);
                                       const Request request = std::move(waiting_.front());
                                       waiting_.pop_front();
                                       auto found = lines(request.stack);
                                       start_next();
                                       request.done(std::move(found));
                                     });
}

// As far as the answer goes: the probe may have been cut off, and is believed in nothing.
void Symbolizer::remember(const std::vector<CodeAddress>& asked, const std::string& answer) {
  if (known_.size() + asked.size() > kMaxKnown) known_.clear();
  WireReader in(answer);
  for (const CodeAddress& code : asked) {
    const std::size_t count = in.get_count(sizeof(std::uint64_t));
    if (count == 0 || count > kMaxLines) return;
    std::vector<std::string> found(count);
    for (std::string& line : found) line = printable(in.get_text());
    if (!in.ok()) return;
    known_[code] = std::move(found);
  }
}

std::vector<std::string> Symbolizer::lines(const std::vector<CodeAddress>& stack) const {
  std::vector<std::string> lines;
  for (const CodeAddress& code : stack) {
    const auto found = known_.find(code);
    if (found == known_.end()) {
      lines.push_back(raw(code));
    } else {
      lines.insert(lines.end(), found->second.begin(), found->second.end());
    }
  }
  return lines;
}

}  // namespace penstock
