#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::bench {

// One piece of work whose input is in place: `run` is what the clock sees, `reset` before it throws
// the last answer away, `save` leaves the answer in files that begin with `prefix`.
class Job {
 public:
  virtual ~Job() = default;
  virtual void reset() {}
  virtual void run() = 0;
  virtual void save(const std::string& prefix) const = 0;
  // What was worked on, as the inside of a JSON object.
  [[nodiscard]] virtual std::string describe() const = 0;
};

using Arguments = std::vector<std::string>;

// FILE.h5ad: open it and read every cell into compact rows.
[[nodiscard]] std::unique_ptr<Job> make_read_job(const Arguments& arguments);
// FILE.h5ad f32-linear|f64-log1p continuity|no-continuity: from counts in memory to U, ties, p,
// adjusted p and fold changes of every perturbation and every gene.
[[nodiscard]] std::unique_ptr<Job> make_rank_test_job(const Arguments& arguments);
// PREDICTED REAL ROWS GENES: raw doubles; ranks of matches by L1 distance.
[[nodiscard]] std::unique_ptr<Job> make_pds_job(const Arguments& arguments);
// X Y ROWS FEATURES GENES N, raw doubles: N penalties of ridge, each left out and scored; a grid of
// N × N penalties of the bilinear model; a forest of N trees.
[[nodiscard]] std::unique_ptr<Job> make_ridge_job(const Arguments& arguments);
[[nodiscard]] std::unique_ptr<Job> make_bilinear_job(const Arguments& arguments);
[[nodiscard]] std::unique_ptr<Job> make_forest_job(const Arguments& arguments);

void write_raw(const std::string& path, const void* data, std::size_t bytes);
void write_lines(const std::string& path, const std::vector<std::string>& lines);

}  // namespace cupel::bench
