#include "report/split_lists.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cupel/error.hpp"

namespace cupel {

using Json = nlohmann::ordered_json;

splits::NameLists read_split_lists(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open the split", path));
  splits::NameLists lists;
  try {
    const auto json = Json::parse(file);
    for (const auto& [key, list] : json.items()) {
      if (key == "train") {
        lists.train = list;
      } else if (key == "val" || key == "valid") {
        lists.val = list;
      } else if (key == "test") {
        lists.test = list;
      } else {
        throw Error(ErrorKind::kInput,
                    fmt::format("{}: has a list '{}'; known: train, val, valid, test", path, key));
      }
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInput, fmt::format("{}: is no JSON of lists: {}", path, error.what()));
  }
  return lists;
}

std::string split_lists_json(const splits::NameLists& lists) {
  const Json json = {{"train", lists.train}, {"val", lists.val}, {"test", lists.test}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cupel
