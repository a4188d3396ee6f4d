#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace cupel::io {

// Decodes an LZF stream, the compression that h5py calls "lzf". Returns the bytes written, or -1
// when the input is damaged or does not fit `out`.
[[nodiscard]] std::ptrdiff_t lzf_decompress(std::span<const std::uint8_t> in,
                                            std::span<std::uint8_t> out) noexcept;

}  // namespace cupel::io
