#include "evaluation/cell_blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "cupel/math/expression.hpp"
#include "cupel/math/log1p.hpp"
#include "parallel/parallel.hpp"
#include "stats/side_summary.hpp"
#include "uncertainty/draws.hpp"

namespace cupel {
namespace {

constexpr std::uint64_t kFnvStart = 0xCBF29CE484222325ULL;

std::uint64_t hash(std::string_view text, std::uint64_t state = kFnvStart) {
  for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return state;
}

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
  return static_cast<std::uint32_t>(mixed(hash(perturbation, hash("\x1f", hash(context)))));
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
    const auto bits = mixed(hash(name));
    bucket.push_back(
        static_cast<std::uint16_t>((bits >> 8) % static_cast<std::uint64_t>(dimensions)));
    sign.push_back((bits & 1U) != 0 ? 1.0F : -1.0F);
  }
}

void BlockSums::add(const BlockSums& other) {
  cells += other.cells;
  for (std::size_t g = 0; g < stored.size(); ++g) {
    stored[g] += other.stored[g];
    log[g] += other.log[g];
    squares[g] += other.squares[g];
  }
}

std::int64_t GroupBlocks::cells() const {
  std::int64_t n = left_over.cells;
  for (const auto& block : blocks) n += block.cells;
  return n;
}

BlockSums GroupBlocks::whole() const {
  BlockSums sums = left_over;
  for (const auto& block : blocks) sums.add(block);
  return sums;
}

BlockSums GroupBlocks::half(std::int32_t split, bool second) const {
  if (blocks.size() != kBlocks) return blocks[second ? 1 : 0];
  // Block 0 goes with block split + 1; the other half is what remains.
  const std::int32_t partner = split + 1;
  BlockSums sums(std::ssize(left_over.stored));
  for (std::int32_t b = 0; b < kBlocks; ++b) {
    const bool first = b == 0 || b == partner;
    if (first != second) sums.add(blocks[static_cast<std::size_t>(b)]);
  }
  return sums;
}

GroupBlocks walk_cells(const CellsView& cells, const CellSpace& space, std::uint64_t seed,
                       std::uint32_t series, std::int64_t most_sketched) {
  const std::int64_t n = cells.rows;
  const auto order = drawn_order(n, seed, series);
  const std::int64_t n_blocks = n >= kBlocks ? kBlocks : n >= 2 ? 2 : 0;
  const std::int64_t per_block = n_blocks > 0 ? n / n_blocks : 0;
  std::vector<std::uint8_t> block_of(order.size(), kInNone);
  for (std::int64_t i = 0; i < n_blocks * per_block; ++i) {
    block_of[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] =
        static_cast<std::uint8_t>(i / per_block);
  }
  // Sketched cells stand in the order of their rows.
  const auto sketched = std::min(n, most_sketched);
  std::vector<std::int32_t> chosen(order.begin(), order.begin() + sketched);
  std::ranges::sort(chosen);
  std::vector<std::int32_t> sketch_row(order.size(), -1);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    sketch_row[static_cast<std::size_t>(chosen[i])] = static_cast<std::int32_t>(i);
  }

  GroupBlocks group;
  group.sketch = make_host_matrix<float>(sketched, space.dimensions);
  std::fill_n(group.sketch.view().data, group.sketch.view().size(), 0.0F);
  const auto sketch = group.sketch.view();

  const std::int64_t piece = std::max(kLeastPiece, (n + kMostPieces - 1) / kMostPieces);
  const auto pieces = static_cast<std::size_t>((n + piece - 1) / piece);
  std::vector<std::vector<BlockSums>> sums(pieces);
  visit(cells, [&](const auto& typed) {
    for_each_chunk(n, piece, [&](std::int64_t begin, std::int64_t end) {
      auto& own = sums[static_cast<std::size_t>(begin / piece)];
      own.assign(static_cast<std::size_t>(n_blocks) + 1, BlockSums(space.genes));
      for (std::int64_t row = begin; row < end; ++row) {
        const auto r = static_cast<std::size_t>(row);
        const auto block =
            block_of[r] == kInNone ? static_cast<std::size_t>(n_blocks) : block_of[r];
        add_cell(typed, row, space, own[block],
                 sketch_row[r] < 0 ? nullptr : sketch.row(sketch_row[r]));
      }
    });
  });
  if (pieces == 0) sums.emplace_back(1, BlockSums(space.genes));
  for (std::size_t k = 1; k < pieces; ++k) {
    for (std::size_t b = 0; b < sums[0].size(); ++b) sums[0][b].add(sums[k][b]);
    sums[k].clear();
  }
  group.left_over = std::move(sums[0].back());
  sums[0].pop_back();
  group.blocks = std::move(sums[0]);
  return group;
}

std::vector<double> profile_of(const BlockSums& sums, const CellSpace& space) {
  std::vector<double> profile(static_cast<std::size_t>(space.genes), 0.0);
  if (space.bulk) {
    double total = 0.0;
    for (const double sum : sums.stored) total += sum;
    if (total == 0.0) return profile;
    for (std::size_t g = 0; g < profile.size(); ++g) {
      profile[g] = math::log1p(sums.stored[g] * (space.bulk_target / total));
    }
    return profile;
  }
  for (std::size_t g = 0; g < profile.size(); ++g) {
    profile[g] = sums.log[g] / static_cast<double>(sums.cells);
  }
  return profile;
}

}  // namespace cupel
