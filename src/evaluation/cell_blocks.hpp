#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/cells.hpp"
#include "cupel/config.hpp"
#include "cupel/matrix.hpp"

// A group's cells in blocks that share none, so that one walk over them gives halves in several
// ways. Host memory throughout.
namespace cupel {

inline constexpr std::int32_t kBlocks = 4;
// Ways to put four blocks into two halves of two.
inline constexpr std::int32_t kSplits = 3;

// A number of a perturbation's own, whatever else is in the file.
[[nodiscard]] std::uint32_t series_of(std::string_view context, std::string_view perturbation);

// The positions 0 .. n - 1 in an order drawn from (seed, series) alone.
[[nodiscard]] std::vector<std::int32_t> drawn_order(std::int64_t n, std::uint64_t seed,
                                                    std::uint32_t series);

// How cells are read: as they are scored, gene by gene.
struct CellSpace {
  CellSpace(const Conventions& conventions, std::span<const std::string> genes,
            std::int32_t dimensions);

  std::int64_t genes;
  std::int32_t dimensions;
  bool counts;         // log expression is log1p of counts times target / total; else as stored
  bool bulk;           // profiles are log1p of normalised group sums; else means of log expression
  double target;       // of a cell
  double bulk_target;  // of a group
  // A fixed projection to fewer dimensions that keeps squared distances on average: each gene is
  // added to one of them, or taken from it, as its name decides (Charikar, Chen and Farach-Colton
  // 2002). No cell has a part in choosing it, so it favours none.
  std::vector<std::uint16_t> bucket;
  std::vector<float> sign;
};

// Sums over some cells, gene by gene.
struct BlockSums {
  explicit BlockSums(std::int64_t genes = 0)
      : stored(static_cast<std::size_t>(genes), 0.0),
        log(static_cast<std::size_t>(genes), 0.0),
        squares(static_cast<std::size_t>(genes), 0.0) {}
  void add(const BlockSums& other);

  std::int64_t cells = 0;
  std::vector<double> stored;
  std::vector<double> log;
  std::vector<double> squares;  // of log expression
};

// Blocks of equal size: four where there are four cells, else two where there are two. Cells left
// over are in none.
struct GroupBlocks {
  std::vector<BlockSums> blocks;
  BlockSums left_over;
  Matrix<float> sketch;  // up to `most_sketched` cells × dimensions

  [[nodiscard]] std::int64_t cells() const;
  [[nodiscard]] std::int32_t splits() const {
    return blocks.size() == kBlocks ? kSplits : blocks.empty() ? 0 : 1;
  }
  [[nodiscard]] BlockSums whole() const;
  // One half of a split; `second`: the other.
  [[nodiscard]] BlockSums half(std::int32_t split, bool second) const;
};

// Walks the cells of `rows` in order.
[[nodiscard]] GroupBlocks walk_cells(const CellsView& cells, const CellSpace& space,
                                     std::uint64_t seed, std::uint32_t series,
                                     std::int64_t most_sketched);

// The profile that is scored (cell-eval.md 1.5).
[[nodiscard]] std::vector<double> profile_of(const BlockSums& sums, const CellSpace& space);

}  // namespace cupel
