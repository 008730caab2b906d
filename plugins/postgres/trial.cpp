#include "postgres/trial.hpp"

#include <algorithm>

namespace penstock::postgres {
namespace {

constexpr std::size_t largest_group = 512;
constexpr const char* savepoint = "SAVEPOINT penstock_trial; ";

}  // namespace

Verdict Trial::run() {
  Verdict verdict;
  verdict.rows = batch_.rows.size();
  before_ = savepoint;
  connection_.begin();
  std::size_t group = largest_group;
  for (std::size_t first = 0; first != batch_.rows.size();) {
    std::size_t last = first + 1;  // of one shape
    while (last != batch_.rows.size() && last - first < group &&
           batch_.rows[last].shape == batch_.rows[first].shape) {
      ++last;
    }
    if (taken(first, last)) {
      group = std::min(2 * group, largest_group);
    } else if (last - first == 1) {
      verdict.refused[first] = {fingerprint(0, batch_.text_of(first, last)), why_};
    } else {
      group = (last - first) / 2;
      continue;
    }
    first = last;
  }
  connection_.execute("ROLLBACK");
  return verdict;
}

bool Trial::taken(std::size_t first, std::size_t last) {
  try {
    copy_.begin(batch_.shapes[batch_.rows[first].shape], before_);
    before_ = "RELEASE SAVEPOINT penstock_trial; " + std::string(savepoint);
    copy_.put(batch_.text_of(first, last));
    copy_.end();
    return true;
  } catch (const Refused& refused) {
    why_ = refused.what();
    connection_.execute("ROLLBACK TO SAVEPOINT penstock_trial");
    return false;
  }
}

}  // namespace penstock::postgres
