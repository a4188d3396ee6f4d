#pragma once
#include <string_view>

namespace cupel {

[[nodiscard]] std::string_view version() noexcept;
// Short hash of the commit that was built, "-dirty" behind it for a changed tree; "unknown" where
// there was no repository.
[[nodiscard]] std::string_view commit() noexcept;

}  // namespace cupel
