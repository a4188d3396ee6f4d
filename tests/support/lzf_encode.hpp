#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cupel::test {

// LZF by brute force: at every place the longest earlier match, found by trying all. For tests.
std::vector<std::uint8_t> lzf_encode(std::span<const std::uint8_t> in);

}  // namespace cupel::test
