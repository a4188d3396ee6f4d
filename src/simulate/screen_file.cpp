#include "simulate/screen_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "io/h5ad_writer.hpp"
#include "parallel/parallel.hpp"
#include "simulate/cell_sampler.hpp"
#include "simulate/random.hpp"

namespace cupel::simulate {
namespace {

constexpr double kLibrarySpread = 0.40;  // of the log of a cell's depth
constexpr double kDenseNoise = 0.05;     // relative, of dense predictions
constexpr std::int64_t kPieceCells = 16;
constexpr std::int64_t kBlockValues = std::int64_t{1} << 24;  // cells × genes drawn between writes

// Up to kPieceCells cells as one thread draws them.
struct Piece {
  std::vector<std::int32_t> row_length;
  std::vector<std::int32_t> genes;
  std::vector<float> values;
};

double draw_library(const ScreenFile& file, double depth, std::int64_t cell) {
  Random random(stream_key(file.seed, Purpose::kLibrary, {file.draw, cell}));
  return depth * std::exp(kLibrarySpread * random.normal());
}

// Calls use(group, begin, end) for the part of each group within cells [begin, end).
template <typename Use>
void for_each_group(const CellPlan& plan, std::int64_t begin, std::int64_t end, const Use& use) {
  auto group = std::ranges::upper_bound(plan.groups, begin, {}, &CellGroup::end);
  for (; group != plan.groups.end() && group->begin < end; ++group) {
    use(*group, std::max(begin, group->begin), std::min(end, group->end));
  }
}

void draw_piece(const ScreenFile& file, const Truth& truth, const CellPlan& plan,
                std::span<const DrawOrder> orders, std::int64_t begin, std::int64_t end,
                Piece& piece) {
  piece.row_length.clear();
  piece.genes.clear();
  piece.values.clear();
  std::vector<double> profile(truth.genes.size());
  for_each_group(plan, begin, end, [&](const CellGroup& group, std::int64_t from, std::int64_t to) {
    expected_profile(truth, file.response, group.context, group.perturbation, profile);
    CellSampler sampler(orders[static_cast<std::size_t>(group.context)], profile);
    for (std::int64_t cell = from; cell < to; ++cell) {
      piece.row_length.push_back(
          sampler.draw(stream_key(file.seed, Purpose::kCounts, {file.draw, cell}),
                       draw_library(file, truth.depth, cell), piece.genes, piece.values));
    }
  });
}

// The mean of four uniforms in place of a normal: bounded, so that no count is negative.
double bounded_noise(std::uint64_t bits) {
  double sum = 0.0;
  for (int part = 0; part < 4; ++part) sum += static_cast<double>((bits >> (16 * part)) & 0xffff);
  return (sum - 2.0 * 65535.0) / 65536.0 * std::sqrt(3.0);  // mean 0, variance 1
}

void draw_dense_piece(const ScreenFile& file, const Truth& truth, const CellPlan& plan,
                      std::int64_t begin, std::int64_t end, float* out) {
  std::vector<double> profile(truth.genes.size());
  for_each_group(plan, begin, end, [&](const CellGroup& group, std::int64_t from, std::int64_t to) {
    expected_profile(truth, file.response, group.context, group.perturbation, profile);
    for (std::int64_t cell = from; cell < to; ++cell) {
      const double library = draw_library(file, truth.depth, cell);
      Random noise(stream_key(file.seed, Purpose::kDenseNoise, {file.draw, cell}));
      for (const double share : profile) {
        *out++ =
            static_cast<float>(library * share * (1.0 + kDenseNoise * bounded_noise(noise.next())));
      }
    }
  });
}

void append_dense(io::H5adWriter& writer, const ScreenFile& file, const Truth& truth,
                  const CellPlan& plan, std::int64_t begin, std::int64_t end) {
  const auto n_genes = static_cast<std::int64_t>(truth.genes.size());
  std::vector<float> block(static_cast<std::size_t>((end - begin) * n_genes));
  for_each_chunk(end - begin, kPieceCells, [&](std::int64_t from, std::int64_t to) {
    draw_dense_piece(file, truth, plan, begin + from, begin + to, block.data() + from * n_genes);
  });
  writer.append(MatrixView<const float>{block.data(), end - begin, n_genes});
}

std::int64_t append_counts(io::H5adWriter& writer, const ScreenFile& file, const Truth& truth,
                           const CellPlan& plan, std::span<const DrawOrder> orders,
                           std::int64_t begin, std::int64_t end, std::vector<Piece>& pieces) {
  pieces.resize(static_cast<std::size_t>((end - begin + kPieceCells - 1) / kPieceCells));
  for_each_chunk(end - begin, kPieceCells, [&](std::int64_t from, std::int64_t to) {
    draw_piece(file, truth, plan, orders, begin + from, begin + to,
               pieces[static_cast<std::size_t>(from / kPieceCells)]);
  });
  std::int64_t stored = 0;
  for (const Piece& piece : pieces) {
    writer.append(io::SparseRows{piece.row_length, piece.genes, piece.values});
    stored += static_cast<std::int64_t>(piece.values.size());
  }
  return stored;
}

}  // namespace

std::int64_t write_screen(const ScreenFile& file, const Truth& truth, const CellPlan& plan,
                          const std::function<void(std::int64_t)>& advance) {
  io::H5adWriter writer(file.path, truth.genes);
  std::vector<DrawOrder> orders(truth.baseline.begin(), truth.baseline.end());
  const auto n_genes = static_cast<std::int64_t>(truth.genes.size());
  const std::int64_t block_cells =
      std::max(kBlockValues / n_genes / kPieceCells, std::int64_t{1}) * kPieceCells;
  std::vector<Piece> pieces;  // keep their memory from block to block
  std::int64_t stored = 0;
  for (std::int64_t begin = 0; begin < plan.n_cells(); begin += block_cells) {
    const std::int64_t end = std::min(plan.n_cells(), begin + block_cells);
    if (file.dense) {
      append_dense(writer, file, truth, plan, begin, end);
      stored += (end - begin) * n_genes;
    } else {
      stored += append_counts(writer, file, truth, plan, orders, begin, end, pieces);
    }
    advance(end - begin);
  }
  writer.obs(target_column(plan, truth, file.label_of));
  if (truth.n_contexts > 1) writer.obs(context_column(plan, truth));
  writer.finish(cell_names(plan));
  return stored;
}

}  // namespace cupel::simulate
