#include "api/undertaker.hpp"

#include <chrono>

#include "sync/object.hpp"

namespace penstock {

void Undertaker::bury(std::uint32_t party) {
  if (sync::bury_everywhere(party)) return;
  unburied_.push_back(party);
  if (unburied_.size() == 1) try_again();
}

void Undertaker::try_again() {
  // An attempt may take some milliseconds of the loop for each object that resists.
  timer_.expires_after(std::chrono::milliseconds(200));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    std::erase_if(unburied_, sync::bury_everywhere);
    if (!unburied_.empty()) try_again();
  });
}

}  // namespace penstock
