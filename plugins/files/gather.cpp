#include "files/gather.hpp"

#include <tuple>

namespace penstock::files {
namespace {

using State = std::tuple<std::uint64_t, std::string>;

}  // namespace

void Gather::params(Params& p) {
  p.optional("format", format, "of a row; auto is lines");
  p.optional("size", size, "of a piece, at least, but for the last one", at_least(1),
             at_most(1_GiB));
}

void Gather::restore(const Snapshot& snapshot) {
  if (!snapshot.empty()) std::tie(emitted_, piece_) = snapshot.as<State>();
}

Snapshot Gather::snapshot() const {
  return State(emitted_, piece_);
}

void Gather::run(const Datum& item, Emit<std::string_view>& out) {
  append_row(piece_, format, item);
  if (piece_.size() >= size) emit_piece(out);
}

void Gather::finish(Emit<std::string_view>& out) {
  if (!piece_.empty() || emitted_ == 0) emit_piece(out);
}

void Gather::emit_piece(Emit<std::string_view>& out) {
  out(piece_);
  piece_.clear();
  ++emitted_;
}

}  // namespace penstock::files
