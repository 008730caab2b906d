#include "hash/file_digest.hpp"

#include "files/input_file.hpp"

namespace penstock::hash {
namespace {

// Beyond this no larger read is faster, and a time-out is noticed within a millisecond.
constexpr std::size_t piece_size = 256 << 10;

}  // namespace

template <class Hash>
FileDigest DigestOfFile<Hash>::run(const Datum& item, Context& context) {
  const files::InputFile file(files::path_of(item));
  piece_.resize(piece_size);
  hash_.begin();
  std::uint64_t size = 0;
  for (Bytes bytes = file.read(piece_); !bytes.empty(); bytes = file.read(piece_)) {
    hash_.add(bytes);
    size += bytes.size();
    if (size >= file.expected_size()) continue;
    if (context.cancelled()) {
      throw Transient("'" + file.path() + "' was being hashed, and had to be left at byte " +
                      std::to_string(size) + " of " + std::to_string(file.expected_size()));
    }
    context.progress(static_cast<double>(size), static_cast<double>(file.expected_size()));
  }
  return {hash_.end(), file.path(), static_cast<std::int64_t>(size)};
}

template class DigestOfFile<Sha256>;
template class DigestOfFile<Xxh3>;

}  // namespace penstock::hash
