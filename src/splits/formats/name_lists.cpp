#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cupel/error.hpp"
#include "splits/combinations.hpp"
#include "splits/formats/imported.hpp"

namespace cupel::splits {
namespace {

using Members = std::vector<std::string>;

std::string joined(const Members& members, const std::string& separator) {
  return fmt::format("{}", fmt::join(members, separator));
}

// Every way in which a perturbation may be written.
std::set<std::string> spellings(const Condition& condition, const NameStyle& style) {
  constexpr std::size_t kMostPermuted = 4;
  std::set<std::string> all;
  Members members = condition.members;
  do {
    all.insert(joined(members, style.separator));
    if (members.size() == 1) {
      all.insert(members.front() + style.separator + style.control);
      all.insert(style.control + style.separator + members.front());
    }
  } while (members.size() <= kMostPermuted && std::ranges::next_permutation(members).found);
  return all;
}

// What each name stands for, and the names that mean a control.
struct Names {
  std::map<std::string, Members> meant;
  std::set<std::string> controls;
};

Names names_in(const Material& material, const NameStyle& style) {
  Names names{.meant = {}, .controls = {style.control}};
  const auto learn = [&](const std::string& name, const Members& members) {
    const auto [known, is_new] = names.meant.try_emplace(name, members);
    if (is_new || known->second == members) return;
    throw Error(ErrorKind::kInput,
                fmt::format("the name '{}' fits {} and {}", name, joined(known->second, " with "),
                            joined(members, " with ")));
  };
  for (const auto& entry : material.conditions) {
    if (is_control(entry.condition)) {
      names.controls.insert(entry.labels.begin(), entry.labels.end());
      continue;
    }
    for (const auto& name : spellings(entry.condition, style)) learn(name, entry.condition.members);
    for (const auto& label : entry.labels) learn(label, entry.condition.members);
    learn(canonical_name(entry.condition.members), entry.condition.members);
  }
  return names;
}

}  // namespace

Fold fold_of_lists(const Material& material, const NameLists& lists, const NameStyle& style,
                   ImportNotes& notes) {
  const auto known = names_in(material, style);
  std::map<Members, std::pair<Part, std::string>> part_of;
  const auto place = [&](const Members& members, Part part, const std::string& name) {
    const auto [placed, is_new] = part_of.try_emplace(members, part, name);
    if (is_new || placed->second.first == part) return;
    throw Error(ErrorKind::kInput,
                fmt::format("{} and {} share '{}'", part_name(placed->second.first),
                            part_name(part), name));
  };
  const auto read = [&](const std::vector<std::string>& names, Part part) {
    for (const auto& name : names) {
      const auto found = known.meant.find(name);
      if (found != known.meant.end()) {
        place(found->second, part, name);
      } else if (known.controls.contains(name)) {
        if (part != Part::kTrain) notes.controls.push_back(name);
      } else {
        notes.unknown.push_back(name);
      }
    }
  };
  read(lists.train, Part::kTrain);
  read(lists.val, Part::kVal);
  read(lists.test, Part::kTest);
  auto fold = empty_fold("all", material);
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto found = part_of.find(material.conditions[i].condition.members);
    if (found != part_of.end()) fold.part[i] = found->second.first;
  }
  return fold;
}

Subgroups subgroups_of(const NameLists& lists, const Material& material, const NameStyle& style) {
  const auto known = names_in(material, style);
  std::set<std::string> trained;
  const auto train = [&](const std::vector<std::string>& names) {
    for (const auto& name : names) {
      const auto found = known.meant.find(name);
      if (found != known.meant.end()) trained.insert(found->second.begin(), found->second.end());
    }
  };
  const auto by_class = [&](const std::vector<std::string>& names) {
    std::map<std::string, std::vector<std::string>> classes;
    for (const auto& name : names) {
      const auto found = known.meant.find(name);
      if (found == known.meant.end()) continue;
      classes[seen_class(found->second, trained)].push_back(name);
    }
    return classes;
  };
  Subgroups subgroups;
  train(lists.train);
  subgroups.val = by_class(lists.val);
  train(lists.val);
  subgroups.test = by_class(lists.test);
  return subgroups;
}

NameLists lists_of(const Manifest& manifest, const Fold& fold, const Material& material,
                   const NameStyle& style) {
  (void)names_in(material, style);  // a name that fits two could not be read back
  std::map<Members, Part> part_of;
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    if (is_control(condition)) continue;
    const auto [known, is_new] = part_of.try_emplace(condition.members, fold.part[i]);
    if (fold.part[i] == Part::kByCell || (!is_new && known->second != fold.part[i])) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("{} is in more than one part, which lists of perturbations cannot say; "
                      "export cell-load or perturbench",
                      canonical_name(condition.members)));
    }
  }
  std::map<Members, std::string> written;  // as the screen has it, where that is in style
  for (const auto& entry : material.conditions) {
    const auto& members = entry.condition.members;
    if (members.size() < 2) continue;
    auto in_style = spellings(entry.condition, style);
    for (const auto& label : entry.labels) {
      if (in_style.contains(label)) written.try_emplace(members, label);
    }
  }
  NameLists lists;
  for (const auto& [members, part] : part_of) {
    const auto own = written.find(members);
    auto name = own != written.end() ? own->second : joined(members, style.separator);
    if (members.size() == 1 && style.pads_singles) name += style.separator + style.control;
    if (part == Part::kTrain) {
      lists.train.push_back(std::move(name));
    } else if (part == Part::kVal) {
      lists.val.push_back(std::move(name));
    } else if (part == Part::kTest) {
      lists.test.push_back(std::move(name));
    }
  }
  lists.train.push_back(style.control);
  return lists;
}

}  // namespace cupel::splits
