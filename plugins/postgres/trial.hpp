// Finds the rows of a batch that the server refuses: tries all of them, in their order, in a
// transaction that is rolled back. They go in groups, which are halved where one is refused and
// doubled where one is taken, so that a bad row among good ones costs some twenty statements.
#pragma once

#include "postgres/batch.hpp"
#include "postgres/copy.hpp"

namespace penstock::postgres {

class Trial {
 public:
  // All of them outlive it. No transaction is under way.
  Trial(Connection& connection, Copy& copy, const Batch& batch)
      : connection_(connection), copy_(copy), batch_(batch) {}

  Verdict run();

 private:
  bool taken(std::size_t first, std::size_t last);

  Connection& connection_;
  Copy& copy_;
  const Batch& batch_;
  std::string why_;     // the last group was refused
  std::string before_;  // statements that go with the next group
};

}  // namespace penstock::postgres
