#include "table/row_log.hpp"

#include <penstock/errors.hpp>

#include <algorithm>
#include <cstring>

namespace penstock::table {
namespace {

constexpr std::size_t chunk_size = std::size_t{1} << 20;

struct Head {
  std::uint64_t row_size;
  std::uint32_t key_size;
  Side side;
};

}  // namespace

LoggedRow RowLog::add(Side side, std::string_view key, std::string_view row) {
  if (key.size() > UINT32_MAX) throw Permanent("the fields of a join are longer than 4 GiB");
  const Head head{row.size(), static_cast<std::uint32_t>(key.size()), side};
  const std::size_t needed = sizeof head + key.size() + row.size();
  if (chunks_.empty() || chunks_.back().capacity() - chunks_.back().size() < needed) {
    chunks_.emplace_back().reserve(std::max(needed, chunk_size));
  }
  std::string& chunk = chunks_.back();
  chunk.append(reinterpret_cast<const char*>(&head), sizeof head);
  chunk += key;
  chunk += row;
  std::string_view added = std::string_view(chunk).substr(chunk.size() - needed);
  return next(added);
}

std::string RowLog::bytes() const {
  std::size_t size = 0;
  for (const std::string& chunk : chunks_) size += chunk.size();
  std::string bytes;
  bytes.reserve(size);
  for (const std::string& chunk : chunks_) bytes += chunk;
  return bytes;
}

LoggedRow RowLog::next(std::string_view& bytes) {
  const auto damaged = [] { return Malformed("the snapshot of a join is damaged"); };
  Head head;
  if (bytes.size() < sizeof head) throw damaged();
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  if (head.side > Side::right || head.key_size > bytes.size() ||
      head.row_size > bytes.size() - head.key_size) {
    throw damaged();
  }
  const LoggedRow row{head.side, bytes.substr(0, head.key_size),
                      bytes.substr(head.key_size, head.row_size)};
  bytes.remove_prefix(head.key_size + head.row_size);
  return row;
}

}  // namespace penstock::table
