#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "penstock/error.hpp"

namespace penstock {
namespace {

std::string ticked(std::string_view word) {
  return '`' + std::string(word) + '`';
}

// To follow what is wrong: ": did you mean `--set`?", or nothing.
std::string suggestion(std::string_view word, const Words& known) {
  const std::string text = did_you_mean(word, known);
  return text.empty() ? text : ": " + text;
}

std::string joined(const Words& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

// "-j, --processes N", as the text for --help shows an option.
std::string shown(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name();
  Words names;
  for (const std::string& name : option.get_snames()) names.push_back('-' + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  const std::string shape = option.get_type_name();
  return joined(names, ", ") + (shape.empty() ? "" : ' ' + shape);
}

}  // namespace

Options::Options(std::string command, std::string about)
    : command_(std::move(command)), app_(std::make_unique<CLI::App>(std::move(about))) {
  app_->set_help_flag();
  app_->allow_extras();
  help_ = app_->add_flag("-h,--help");
  help_->description("this text");
}

Options::~Options() = default;

CLI::Option* Options::add_option(const std::string& name, const std::string& shape,
                                 const std::string& about, Use use) {
  CLI::Option* option = app_->add_option(name);
  option->description(about)->type_name(shape)->take_last();
  declared_.push_back({option, std::move(use), false});
  return option;
}

void Options::word(const std::string& name, const std::string& about, std::string& value) {
  add_option(name, "", about, [&value](const Words& values) { value = values.back(); });
  declared_.back().needed = true;
}

void Options::words(const std::string& name, const std::string& about, Words& values) {
  add_option(name, "", about, [&values](const Words& read) { values = read; })
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->take_all()
      ->allow_extra_args();  // else it is one word alone
}

void Options::flag(const std::string& name, const std::string& about, bool& value) {
  CLI::Option* option = app_->add_flag(name);
  option->description(about);
  const Use use = [this, name, &value](const Words& values) {
    for (const std::string& given : values) {
      if (given != "true") refuse(name + " takes no value, and is given " + ticked(given));
    }
    value = true;
  };
  declared_.push_back({option, use, false});
}

void Options::text(const std::string& name, const std::string& shape, const std::string& about,
                   std::string& value) {
  add_option(name, shape, about, [this, name, &value](const Words& values) {
    if (values.back().empty()) refuse(name + ": its value is empty");
    value = values.back();
  });
}

void Options::texts(const std::string& name, const std::string& shape, const std::string& about,
                    Words& values) {
  add_option(name, shape, about, [&values](const Words& read) { values = read; })->take_all();
}

void Options::assignments(const std::string& name, const std::string& shape,
                          const std::string& about, std::vector<Assignment>& values) {
  const Use use = [this, name, shape, &values](const Words& read) {
    for (const std::string& text : read) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) {
        refuse(name + ": " + ticked(text) + " is no " + shape);
      }
      values.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  };
  add_option(name, shape, about, use)->take_all();
}

void Options::add_count(const std::string& name, const std::string& about, std::uint64_t most,
                        std::function<void(std::uint64_t)> use) {
  add_option(name, "N", about, [this, name, most, use = std::move(use)](const Words& values) {
    const std::string place = name + ": " + ticked(values.back()) + ' ';
    const Result<std::uint64_t> read = parse_count(values.back());
    if (!read) refuse(place + read.error().what());
    if (*read == 0) refuse(place + "is too small: 1 is the least");
    if (*read > most) refuse(place + "is too large: " + std::to_string(most) + " is the most");
    use(*read);
  });
}

void Options::duration(const std::string& name, const std::string& about,
                       std::chrono::milliseconds& value) {
  add_option(name, "TIME", about, [this, name, &value](const Words& values) {
    const Result<std::chrono::nanoseconds> read = parse_duration(values.back());
    if (!read) refuse(name + ": " + ticked(values.back()) + ' ' + read.error().what());
    value = std::chrono::ceil<std::chrono::milliseconds>(*read);
  });
}

void Options::choice(const std::string& name, const Words& choices, const std::string& about,
                     std::size_t& value) {
  const std::string shape = joined(choices, "|");
  add_option(name, shape, about, [this, name, choices, shape, &value](const Words& values) {
    const auto found = std::find(choices.begin(), choices.end(), values.back());
    if (found == choices.end()) {
      refuse(name + ": " + ticked(values.back()) + " is none of " + shape +
             suggestion(values.back(), choices));
    }
    value = static_cast<std::size_t>(found - choices.begin());
  });
}

std::optional<std::string> Options::read(const Words& words) {
  try {
    app_->parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ArgumentMismatch& error) {
    // Its text begins with the name of the option: "--set: ..."
    const std::string_view text = error.what();
    const auto* option = app_->get_option_no_throw(std::string(text.substr(0, text.find(':'))));
    refuse((option ? shown(*option) : std::string(text)) + ": the value is missing");
  } catch (const CLI::ParseError& error) {
    refuse(error.what());
  }
  if (help_->count() > 0) return help();
  const auto dashes = std::find(words.begin(), words.end(), "--");
  for (const std::string& word : app_->remaining()) {
    if (word == "--") continue;
    // Behind these all are words, whatever they look like.
    const bool behind = std::find(words.begin(), dashes, word) == dashes;
    if (behind || word.size() < 2 || word.front() != '-') {
      refuse(ticked(word) + " is one argument too many");
    }
    refuse_unknown(word);
  }
  for (const Declared& declared : declared_) {
    if (declared.option->count() > 0) {
      declared.use(declared.option->results());
    } else if (declared.needed) {
      refuse(declared.option->get_name() + " is missing");
    }
  }
  return std::nullopt;
}

std::string Options::help() const {
  std::string usage = "usage: penstock " + command_ + " [OPTION...]";
  std::vector<const CLI::Option*> options;
  for (const Declared& declared : declared_) {
    const CLI::Option& option = *declared.option;
    if (declared.needed) usage += ' ' + option.get_name();
    if (!declared.needed && option.get_positional()) usage += " [" + option.get_name() + "...]";
    options.push_back(declared.option);
  }
  options.push_back(help_);
  std::size_t width = 0;
  for (const CLI::Option* option : options) width = std::max(width, shown(*option).size());
  std::string lines;
  for (const CLI::Option* option : options) {
    const std::string left = shown(*option);
    lines +=
        "  " + left + std::string(width - left.size() + 2, ' ') + option->get_description() + '\n';
  }
  return usage + "\n\n" + app_->get_description() + "\n\n" + lines + '\n' + example_;
}

Words Options::names() const {
  Words names{"--help"};
  for (const Declared& declared : declared_) {
    for (const std::string& name : declared.option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

void Options::refuse(const std::string& text) const {
  throw Error(Status::refused, command_ + ": " + text + "\n  `penstock " + command_ +
                                   " --help` shows how it is called");
}

void Options::refuse_unknown(const std::string& word) const {
  const std::string name = word.substr(0, word.find('='));
  if (std::find(later_.begin(), later_.end(), name) != later_.end()) {
    refuse("the option " + ticked(name) + " is not in this version");
  }
  refuse("there is no option " + ticked(name) + suggestion(name, names()));
}

}  // namespace penstock
