// A dead letter as a row of the table `dead`.
#pragma once

#include "base/result.hpp"
#include "state/database.hpp"
#include "state/dead_letter.hpp"

namespace penstock {

Row row_of(const DeadLetter& letter);
Result<DeadLetter> letter_of(const Row& row);

}  // namespace penstock
