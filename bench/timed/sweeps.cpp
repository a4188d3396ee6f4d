#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "jobs.hpp"
#include "linalg/products.hpp"
#include "models/forest.hpp"
#include "sweep/bilinear_sweep.hpp"
#include "sweep/kernel_sweep.hpp"

namespace cupel::bench {
namespace {

Matrix<double> read_rows(const std::string& path, std::int64_t rows, std::int64_t columns) {
  auto matrix = make_host_matrix<double>(rows, columns);
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(matrix.view().data),
            static_cast<std::streamsize>(rows * columns * std::int64_t{sizeof(double)}));
  return matrix;
}

// X Y ROWS FEATURES GENES N, as all of these jobs take them.
struct Input {
  explicit Input(const Arguments& arguments)
      : rows(std::stoll(arguments.at(2))),
        x(read_rows(arguments.at(0), rows, std::stoll(arguments.at(3)))),
        y(read_rows(arguments.at(1), rows, std::stoll(arguments.at(4)))),
        n(std::stoll(arguments.at(5))) {}
  [[nodiscard]] std::string describe() const {
    return fmt::format("\"rows\": {}, \"features\": {}, \"genes\": {}", rows, x.cols(), y.cols());
  }
  std::int64_t rows;
  Matrix<double> x, y;
  std::int64_t n;
};

std::vector<double> log_range(double from, double to, std::int64_t n) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    values.push_back(from *
                     std::pow(to / from, static_cast<double>(i) / static_cast<double>(n - 1)));
  }
  return values;
}

const sweep::Device& device() {
  static const auto cpu = make_backend("cpu");
  static const sweep::Device on_cpu(*cpu);
  return on_cpu;
}

void save_doubles(const std::string& path, const std::vector<double>& values) {
  write_raw(path, values.data(), values.size() * sizeof(double));
}

// N penalties of ridge by exact leave-one-out, after set-up: mean squared error, Pearson and cosine
// of effects, both discriminations. Saves the errors of every hundredth.
class RidgeJob final : public Job {
 public:
  explicit RidgeJob(const Arguments& arguments)
      : input_(arguments),
        path_(models::KernelPath::of_features(
            input_.x.view(), std::vector<double>(static_cast<std::size_t>(input_.rows), 1.0),
            models::Intercept::kCentredKernel)),
        truth_(sweep::make_truth(input_.y.view())),
        sweep_(path_, truth_, sweep::each_row(input_.rows), device()),
        penalties_(log_range(1e-3, 1e6, input_.n)) {}

  void run() override { found_ = sweep_.sweep(penalties_); }
  void save(const std::string& prefix) const override {
    std::vector<double> errors;
    for (std::size_t i = 0; i < found_.size(); i += 100) errors.push_back(found_[i].mean.mse);
    save_doubles(prefix + ".mse", errors);
  }
  std::string describe() const override { return input_.describe(); }

 private:
  Input input_;
  models::KernelPath path_;
  sweep::Truth truth_;
  sweep::KernelSweep sweep_;
  std::vector<double> penalties_;
  std::vector<sweep::MeanScores> found_;
};

// The bilinear model's grid of six dimensions and N × N penalties on five folds, from profiles to
// scores; perturbation i is of gene i, and folds are i mod 5. X is the control's profile. Saves
// the errors of the settings whose penalties are the same on both sides.
class BilinearJob final : public Job {
 public:
  explicit BilinearJob(const Arguments& arguments) : n_(std::stoll(arguments.at(5))), groups_(5) {
    const auto rows = std::stoll(arguments.at(2));
    const auto genes = std::stoll(arguments.at(4));
    training_.control = read_rows(arguments.at(0), 1, genes);
    training_.delta = read_rows(arguments.at(1), rows, genes);
    training_.contexts = {"one"};
    for (std::int64_t gene = 0; gene < genes; ++gene) {
      training_.genes.push_back(fmt::format("g{}", gene));
    }
    for (std::int64_t i = 0; i < rows; ++i) {
      training_.conditions.push_back(
          models::make_condition("one", {training_.genes[static_cast<std::size_t>(i)]}));
      training_.weight.push_back(100.0);
      groups_[static_cast<std::size_t>(i % 5)].push_back(i);
    }
  }

  void run() override {
    const auto penalties = log_range(1e-3, 1e3, n_);
    found_ =
        sweep::sweep_bilinear(sweep::BilinearForm::kScores, training_,
                              {{2, 5, 10, 20, 50, 100}, penalties, penalties}, groups_, device());
  }
  void save(const std::string& prefix) const override {
    std::vector<double> errors;
    for (const auto& setting : found_) {
      if (setting.gene_penalty == setting.perturbation_penalty) {
        errors.push_back(setting.scores.mean.mse);
      }
    }
    save_doubles(prefix + ".mse", errors);
  }
  std::string describe() const override {
    return fmt::format("\"rows\": {}, \"genes\": {}, \"settings\": {}", training_.delta.rows(),
                       training_.delta.cols(), 6 * n_ * n_);
  }

 private:
  std::int64_t n_;
  models::Training training_;
  sweep::Groups groups_;
  std::vector<sweep::BilinearSetting> found_;
};

// N trees on all rows but the last tenth, and their predictions for that tenth. Saves the mean
// squared error of these.
class ForestJob final : public Job {
 public:
  explicit ForestJob(const Arguments& arguments)
      : input_(arguments), kept_(input_.rows - input_.rows / 10) {}

  void run() override {
    const auto x = rows_of(input_.x, 0, kept_);
    const auto y = rows_of(input_.y, 0, kept_);
    models::ForestChoices choices;
    choices.trees = input_.n;
    const models::Forest forest(x.view(), gram(y.view()).view(), choices);
    predicted_ =
        multiply(forest.weights(rows_of(input_.x, kept_, input_.rows).view()).view(), y.view());
  }
  void save(const std::string& prefix) const override {
    double sum = 0.0;
    for (std::int64_t i = 0; i < predicted_.rows(); ++i) {
      for (std::int64_t gene = 0; gene < predicted_.cols(); ++gene) {
        const double error = predicted_.view()(i, gene) - input_.y.view()(kept_ + i, gene);
        sum += error * error;
      }
    }
    save_doubles(prefix + ".held_out", {sum / static_cast<double>(predicted_.view().size())});
  }
  std::string describe() const override { return input_.describe(); }

 private:
  static Matrix<double> rows_of(const Matrix<double>& from, std::int64_t begin, std::int64_t end) {
    auto result = make_host_matrix<double>(end - begin, from.cols());
    std::copy_n(from.view().row(begin), result.view().size(), result.view().data);
    return result;
  }

  Input input_;
  std::int64_t kept_;
  Matrix<double> predicted_;
};

}  // namespace

std::unique_ptr<Job> make_ridge_job(const Arguments& arguments) {
  return std::make_unique<RidgeJob>(arguments);
}
std::unique_ptr<Job> make_bilinear_job(const Arguments& arguments) {
  return std::make_unique<BilinearJob>(arguments);
}
std::unique_ptr<Job> make_forest_job(const Arguments& arguments) {
  return std::make_unique<ForestJob>(arguments);
}

}  // namespace cupel::bench
