#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/cells.hpp"
#include "cupel/config.hpp"

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
  explicit BlockSums(std::int64_t genes = 0) { clear(genes); }
  void clear(std::int64_t genes);
  void add(const BlockSums& other);

  std::int64_t cells = 0;
  std::vector<double> stored;
  std::vector<double> log;
  std::vector<double> squares;  // of log expression
};

// Blocks that count together.
using BlockSet = std::vector<const BlockSums*>;

// Blocks of equal size: four where there are four cells, else two where there are two. Cells left
// over are in none.
struct GroupBlocks {
  std::vector<BlockSums> blocks;
  BlockSums left_over;
  std::int64_t n_blocks = 0;  // of `blocks`; what lies behind is of no account
  std::vector<float> sketch;  // sketched cells × dimensions
  std::int64_t n_sketched = 0;

  [[nodiscard]] std::int32_t splits() const {
    return n_blocks == kBlocks ? kSplits : n_blocks > 0 ? 1 : 0;
  }
  [[nodiscard]] BlockSet whole() const;
  // One half of a split; `second`: the other.
  [[nodiscard]] BlockSet half(std::int32_t split, bool second) const;
  [[nodiscard]] BlockSet without(std::int64_t block) const;
};

[[nodiscard]] std::int64_t cells_in(const BlockSet& set);

// Walks the cells of `rows` in order. What `group` held goes, its memory is used again: fresh pages
// for every group would cost more than the walk.
void walk_cells(const CellsView& cells, const CellSpace& space, std::uint64_t seed,
                std::uint32_t series, std::int64_t most_sketched, GroupBlocks& group);

// The profile that is scored (cell-eval.md 1.5).
void profile_of(const BlockSet& set, const CellSpace& space, std::vector<double>& profile);

}  // namespace cupel
