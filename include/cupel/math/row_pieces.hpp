#pragma once
#include <cstdint>

// How the rows of one group are cut where values are added up over them. Part of the result's bits:
// sums of a piece are taken row by row, and the pieces' sums are added in the order of the rows.
namespace cupel::math {

inline constexpr std::int64_t kWholeRows = 4096;  // groups up to this size are one piece
inline constexpr std::int64_t kPieceRows = 512;   // of larger ones

}  // namespace cupel::math
