// Entries beyond the 2^31st: every op on cells gives there what it gives at the start of memory.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kFarEntries = (std::int64_t{1} << 31) + (std::int64_t{1} << 27);

// The same cells, their rows laid out over kFarEntries entries, the last rows beyond the 2^31st.
// Host memory that nobody touches is not taken, so this needs little of it.
Cells laid_out_far(const Cells& near) {
  Cells far;
  far.n_genes = near.n_genes;
  far.genes = make_host_buffer<std::byte>(kFarEntries * 2);
  far.values = make_host_buffer<std::byte>(kFarEntries * 2);
  const std::int64_t rows = near.row_begin.size();
  far.row_begin = make_host_buffer<std::int64_t>(rows);
  far.row_length = make_host_buffer<std::int32_t>(rows);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto length = near.row_length.data()[row];
    const std::int64_t begin = (kFarEntries - near.n_genes) / (rows - 1) * row;
    const auto bytes = static_cast<std::size_t>(length) * 2;
    std::memcpy(far.genes.data() + begin * 2, near.genes.data() + near.row_begin.data()[row] * 2,
                bytes);
    std::memcpy(far.values.data() + begin * 2, near.values.data() + near.row_begin.data()[row] * 2,
                bytes);
    far.row_begin.data()[row] = begin;
    far.row_length.data()[row] = length;
  }
  return far;
}

class FarCells : public PerBackend {};

TEST_P(FarCells, GiveWhatNearOnesGive) {
  const auto dense = random_counts(90, 300, 4711);
  const std::vector<std::int64_t> all_start{0, 30, 30, 90};
  const std::vector<std::int64_t> tested_start{0, 35, 60};
  std::vector<std::int32_t> genes(300);
  std::iota(genes.begin(), genes.end(), 0);

  const auto results = [&](const Cells& cells) {
    std::vector<std::vector<double>> found;
    const auto keep = [&](const Matrix<double>& m) { found.push_back(to_host(*backend, m)); };
    const auto view = cells.view();
    const auto totals = backend->row_totals(view, InputType::kCounts);
    keep(totals);
    const auto sums =
        backend->group_moments(view, totals.view(), all_start, Linear{}, {true, true, true, true});
    for (const auto* part : {&sums.stored, &sums.linear, &sums.log, &sums.log_squared}) keep(*part);
    keep(backend->jackknife(view, totals.view(), all_start, sums.stored.view(), 5e4));
    // The first 30 rows are the control of the others, then the last of the first.
    for (const bool control_first : {true, false}) {
      const auto control = control_first ? view.slice(0, 30) : view.slice(60, 90);
      const auto tested = control_first ? view.slice(30, 90) : view.slice(0, 60);
      const auto control_totals = backend->row_totals(control, InputType::kCounts);
      const auto tested_totals = backend->row_totals(tested, InputType::kCounts);
      const auto reference = backend->make_rank_reference(control, control_totals.view(), Linear{},
                                                          RankValues::kF32Linear, genes);
      const auto ranks = backend->rank_sums(*reference, tested, tested_totals.view(), tested_start);
      keep(backend->rank_sum_p_values(ranks, tested_start, 30, true));
    }
    return found;
  };

  auto near = compress(dense, GeneType::kU16, ValueType::kU16);
  auto far = laid_out_far(near);
  ASSERT_GT(far.row_begin.data()[89], std::int64_t{1} << 31);
  const auto from_near = results(backend->upload(std::move(near)));
  const auto from_far = results(backend->upload(std::move(far)));
  ASSERT_EQ(from_near.size(), from_far.size());
  for (std::size_t i = 0; i < from_near.size(); ++i) EXPECT_EQ(from_near[i], from_far[i]) << i;
}

// The emulated device would fill 9 GB with junk first.
std::vector<std::string> backends_with_room() {
  auto names = backend_names();
  std::erase(names, "cuda_on_cpu");
  return names;
}
INSTANTIATE_TEST_SUITE_P(OnEveryBackend, FarCells, ::testing::ValuesIn(backends_with_room()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FarCells);  // asked for the emulated device alone

}  // namespace
}  // namespace cupel::test
