#include "penstock/dead_letters.hpp"

#include <filesystem>
#include <utility>

#include "spec/load.hpp"
#include "state/journal_file.hpp"

namespace penstock {
namespace {

DeadItem item_of(DeadLetter letter) {
  DeadItem item;
  item.json = to_json(letter);
  item.item = std::move(letter.item);
  item.stage = std::move(letter.stage);
  item.task = std::move(letter.task);
  item.plugin = std::move(letter.plugin);
  item.build = std::move(letter.build);
  item.payload = std::move(letter.payload);
  for (DeadLetter::Attempt& attempt : letter.attempts) {
    item.attempts.push_back({std::move(attempt.cause), std::move(attempt.message),
                             std::move(attempt.stack), std::move(attempt.output),
                             std::move(attempt.worker), attempt.seconds});
  }
  return item;
}

}  // namespace

std::string state_folder_of(const std::string& pipeline_file) {
  const Loaded loaded = load_spec(pipeline_file);
  if (loaded.spec.pipeline.value.empty()) {
    throw Error(Status::refused, loaded.findings.empty() ? pipeline_file + ": it has no name"
                                                         : to_text(loaded.findings.front()));
  }
  return (std::filesystem::path(".penstock") / loaded.spec.pipeline.value).string();
}

void for_each_dead_item(const std::string& state_folder,
                        const std::function<void(const DeadItem& item)>& use) {
  if (!JournalFile::exists(state_folder).value()) {
    throw Error(Status::refused, state_folder +
                                     ": no run has been here; name the folder of the "
                                     "run with --state");
  }
  JournalFile file = JournalFile::open(state_folder, Database::Mode::read).value();
  file.read_letters([&](DeadLetter letter) -> Result<void> {
        use(item_of(std::move(letter)));
        return {};
      })
      .value();
}

}  // namespace penstock
