#pragma once
#include <span>
#include <string_view>
#include <variant>

#include "cupel/config.hpp"

namespace cupel {

// One row per field of Conventions: its key in TOML and a way to the member. Enumerators are
// reached as integers together with their names.
struct EnumNames {
  std::span<const std::string_view> names;
};

struct Field {
  std::string_view path;  // "section.key"
  std::variant<bool*, double*, std::optional<double>*, std::pair<std::uint8_t*, EnumNames>> target;
};

// The table, bound to one object.
[[nodiscard]] std::vector<Field> fields_of(Conventions& conventions);

}  // namespace cupel
