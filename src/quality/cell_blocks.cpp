#include "quality/cell_blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "cupel/math/bulk.hpp"
#include "cupel/math/expression.hpp"
#include "cupel/math/log1p.hpp"
#include "data/fnv1a.hpp"
#include "parallel/parallel.hpp"
#include "stats/side_summary.hpp"
#include "uncertainty/draws.hpp"

namespace cupel {
namespace {

// Spreads the differences of similar names over all bits (the finaliser of splitmix64).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// A large group is walked in pieces, cut by its size alone.
constexpr std::int64_t kLeastPiece = 1024;
constexpr std::int64_t kMostPieces = 32;

constexpr std::uint8_t kInNone = 255;

// log1p of a cell's counts; small ones come often.
class CountLogs {
 public:
  explicit CountLogs(double divisor) : divisor_(divisor) { known_.fill(-1.0); }
  double operator()(double count) {
    if (!(count < kKnown) || count != std::floor(count) || count < 0.0) return compute(count);
    auto& value = known_[static_cast<std::size_t>(count)];
    if (value < 0.0) value = compute(count);
    return value;
  }

 private:
  [[nodiscard]] double compute(double count) const {
    return math::log1p(math::linear_count(count, divisor_));
  }
  static constexpr int kKnown = 32;
  double divisor_;
  std::array<double, kKnown> known_{};
};

template <typename Gene, typename Value>
void add_cell(const TypedCells<Gene, Value>& cells, std::int64_t row, const CellSpace& space,
              BlockSums& sums, float* sketch) {
  const auto length = cells.row_length[row];
  const Gene* genes = cells.genes + cells.row_begin[row];
  const Value* values = cells.values + cells.row_begin[row];
  double total = 0.0;
  if (space.counts) {
    for (std::int32_t k = 0; k < length; ++k) total += static_cast<double>(values[k]);
  }
  CountLogs log_of(math::count_divisor(total, space.target));
  for (std::int32_t k = 0; k < length; ++k) {
    const auto gene = static_cast<std::size_t>(genes[k]);
    const auto stored = static_cast<double>(values[k]);
    const double log = space.counts ? log_of(stored) : stored;
    sums.stored[gene] += stored;
    sums.log[gene] += log;
    sums.squares[gene] += log * log;
    if (sketch != nullptr) {
      sketch[space.bucket[gene]] += space.sign[gene] * static_cast<float>(log);
    }
  }
  ++sums.cells;
}

}  // namespace

std::uint32_t series_of(std::string_view context, std::string_view perturbation) {
  return static_cast<std::uint32_t>(mixed(fnv1a(perturbation, fnv1a("\x1f", fnv1a(context)))));
}

std::vector<std::int32_t> drawn_order(std::int64_t n, std::uint64_t seed, std::uint32_t series) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  PhiloxStream stream = draw_stream(seed, DrawsFor::kHalves, series, 0);
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    std::swap(order[i], order[i + stream.below(static_cast<std::uint32_t>(order.size() - i))]);
  }
  return order;
}

CellSpace::CellSpace(const Conventions& c, std::span<const std::string> names,
                     std::int32_t dimensions_of_sketch)
    : genes(std::ssize(names)),
      dimensions(dimensions_of_sketch),
      counts(c.data.input_type == InputType::kCounts),
      bulk(uses_bulk_lognorm(c)),
      target(bulk ? c.expression.bulk_target_sum : c.expression.target_sum),
      bulk_target(c.expression.bulk_target_sum) {
  for (const auto& name : names) {
    const auto bits = mixed(fnv1a(name));
    bucket.push_back(
        static_cast<std::uint16_t>((bits >> 8) % static_cast<std::uint64_t>(dimensions)));
    sign.push_back((bits & 1U) != 0 ? 1.0F : -1.0F);
  }
}

void BlockSums::clear(std::int64_t genes) {
  cells = 0;
  for (auto* sums : {&stored, &log, &squares}) sums->assign(static_cast<std::size_t>(genes), 0.0);
}

void BlockSums::add(const BlockSums& other) {
  cells += other.cells;
  for (std::size_t g = 0; g < stored.size(); ++g) {
    stored[g] += other.stored[g];
    log[g] += other.log[g];
    squares[g] += other.squares[g];
  }
}

BlockSet GroupBlocks::whole() const {
  BlockSet set = without(-1);
  set.push_back(&left_over);
  return set;
}

BlockSet GroupBlocks::half(std::int32_t split, bool second) const {
  // Block 0 goes with block split + 1; the other half is what remains.
  BlockSet set;
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    const bool first = b == 0 || (n_blocks == kBlocks && b == split + 1);
    if (first != second) set.push_back(&blocks[static_cast<std::size_t>(b)]);
  }
  return set;
}

BlockSet GroupBlocks::without(std::int64_t block) const {
  BlockSet set;
  for (std::int64_t b = 0; b < n_blocks; ++b) {
    if (b != block) set.push_back(&blocks[static_cast<std::size_t>(b)]);
  }
  return set;
}

std::int64_t cells_in(const BlockSet& set) {
  std::int64_t n = 0;
  for (const auto* block : set) n += block->cells;
  return n;
}

void walk_cells(const CellsView& cells, const CellSpace& space, std::uint64_t seed,
                std::uint32_t series, std::int64_t most_sketched, GroupBlocks& group) {
  const std::int64_t n = cells.rows;
  const auto order = drawn_order(n, seed, series);
  group.n_blocks = n >= kBlocks ? kBlocks : n >= 2 ? 2 : 0;
  const std::int64_t per_block = group.n_blocks > 0 ? n / group.n_blocks : 0;
  std::vector<std::uint8_t> block_of(order.size(), kInNone);
  for (std::int64_t i = 0; i < group.n_blocks * per_block; ++i) {
    block_of[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] =
        static_cast<std::uint8_t>(i / per_block);
  }
  // Sketched cells stand in the order of their rows.
  group.n_sketched = std::min(n, most_sketched);
  std::vector<std::int32_t> chosen(order.begin(), order.begin() + group.n_sketched);
  std::ranges::sort(chosen);
  std::vector<std::int32_t> sketch_row(order.size(), -1);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    sketch_row[static_cast<std::size_t>(chosen[i])] = static_cast<std::int32_t>(i);
  }
  group.sketch.assign(static_cast<std::size_t>(group.n_sketched * space.dimensions), 0.0F);
  group.blocks.resize(kBlocks);
  for (auto& block : group.blocks) block.clear(space.genes);
  group.left_over.clear(space.genes);

  // A large group's pieces after the first have sums of their own, added in order.
  using Piece = std::vector<BlockSums>;  // its blocks, then what is left over
  const std::int64_t piece = std::max(kLeastPiece, (n + kMostPieces - 1) / kMostPieces);
  const auto pieces = std::max<std::int64_t>((n + piece - 1) / piece, 1);
  std::vector<Piece> later(static_cast<std::size_t>(pieces - 1));
  visit(cells, [&](const auto& typed) {
    for_each_chunk(n, piece, [&](std::int64_t begin, std::int64_t end) {
      Piece* own = begin == 0 ? nullptr : &later[static_cast<std::size_t>(begin / piece - 1)];
      if (own != nullptr) own->assign(kBlocks + 1, BlockSums(space.genes));
      const auto sums_of = [&](std::uint8_t block) -> BlockSums& {
        if (own != nullptr) return (*own)[block == kInNone ? kBlocks : block];
        return block == kInNone ? group.left_over : group.blocks[block];
      };
      for (std::int64_t row = begin; row < end; ++row) {
        const auto r = static_cast<std::size_t>(row);
        float* sketch = sketch_row[r] < 0
                            ? nullptr
                            : group.sketch.data() + std::int64_t{sketch_row[r]} * space.dimensions;
        add_cell(typed, row, space, sums_of(block_of[r]), sketch);
      }
    });
  });
  for (auto& part : later) {
    for (std::size_t b = 0; b < kBlocks; ++b) group.blocks[b].add(part[b]);
    group.left_over.add(part[kBlocks]);
    part.clear();
  }
}

void profile_of(const BlockSet& set, const CellSpace& space, std::vector<double>& profile) {
  profile.assign(static_cast<std::size_t>(space.genes), 0.0);
  for (const auto* block : set) {
    const auto& sums = space.bulk ? block->stored : block->log;
    for (std::size_t g = 0; g < profile.size(); ++g) profile[g] += sums[g];
  }
  if (!space.bulk) {
    const auto n = static_cast<double>(cells_in(set));
    for (double& value : profile) value /= n;
    return;
  }
  double total = 0.0;
  for (const double sum : profile) total += sum;
  const double scale = math::bulk_scale(total, space.bulk_target);
  for (double& value : profile) value = math::bulk_lognorm(value, scale);
}

}  // namespace cupel
