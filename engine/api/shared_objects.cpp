#include "api/shared_objects.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "api/carried.hpp"
#include "sync/barrier.hpp"
#include "sync/condition.hpp"
#include "sync/event.hpp"
#include "sync/map.hpp"
#include "sync/memory.hpp"
#include "sync/mutex.hpp"
#include "sync/object.hpp"
#include "sync/queue.hpp"
#include "sync/semaphore.hpp"

namespace penstock {
namespace {

constexpr std::uint64_t kMapBytes = 1u << 20;  // as SharedMap without an argument

template <class T>
Result<sync::ObjectRef> known(Result<std::shared_ptr<T>> made) {
  if (!made) return made.error();
  return sync::make_known(std::move(*made));
}

Result<sync::ObjectRef> make_memory(const SharedPlan& plan) {
  auto memory = sync::Memory::create(plan.bytes);
  if (memory) std::memcpy((*memory)->bytes().data(), plan.initial.data(), plan.initial.size());
  return known(std::move(memory));
}

Result<sync::ObjectRef> make_condition() {
  auto mutex = sync::Mutex::create(sync::Kind::recursive_mutex);
  if (!mutex) return mutex.error();
  const sync::ObjectRef own = sync::make_known(std::move(*mutex));
  return known(sync::Condition::create(std::static_pointer_cast<sync::Mutex>(own)));
}

Result<sync::ObjectRef> make(const SharedPlan& plan) {
  const std::string& type = plan.type;
  const auto count = static_cast<std::uint32_t>(plan.count);
  if (type == "mutex") return known(sync::Mutex::create(sync::Kind::mutex));
  if (type == "recursive_mutex") return known(sync::Mutex::create(sync::Kind::recursive_mutex));
  if (type == "semaphore") return known(sync::Semaphore::create(sync::Kind::semaphore, count));
  if (type == "bounded_semaphore")
    return known(sync::Semaphore::create(sync::Kind::bounded_semaphore, count));
  if (type == "condition") return make_condition();
  if (type == "event") return known(sync::Event::create());
  if (type == "barrier") {
    const bool limited = plan.timeout.count() > 0;
    return known(
        sync::Barrier::create(count, limited ? plan.timeout : std::chrono::milliseconds(-1)));
  }
  if (type == "map") return known(sync::Map::create(plan.bytes > 0 ? plan.bytes : kMapBytes));
  if (type == "queue" || type == "joinable_queue") {
    return known(sync::Queue::create(
        {.items = plan.count, .bytes = plan.bytes, .joinable = type == "joinable_queue"}));
  }
  return make_memory(plan);  // value, array, memory
}

}  // namespace

Result<CarriedObjects> make_shared_objects(const std::vector<SharedPlan>& plans) {
  CarriedObjects objects;
  for (const SharedPlan& plan : plans) {
    auto object = make(plan);
    if (!object) {
      return Error(object.error().status(),
                   "shared object `" + plan.name + "`: " + object.error().what());
    }
    objects.push_back(carry(*object, plan.name));
  }
  return objects;
}

Result<void> share_objects(const Plan& plan, Engine& engine, RunSetup& setup) {
  auto shared = make_shared_objects(plan.shared);
  if (!shared) return shared.error();
  setup.shared = std::move(*shared);
  if (setup.shared.empty()) return {};
  setup.new_party = &new_party;
  setup.worker_ended = [&engine](const Worker& worker, const WorkerEnd&) {
    engine.undertaker().bury(worker.party);
  };
  return {};
}

}  // namespace penstock
