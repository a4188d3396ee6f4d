#include <fmt/format.h>

#include <fstream>
#include <numeric>

#include "cupel/backend.hpp"
#include "jobs.hpp"

namespace cupel::bench {
namespace {

Matrix<double> read_profiles(const std::string& path, std::int64_t rows, std::int64_t genes) {
  auto profiles = make_host_matrix<double>(rows, genes);
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(profiles.view().data),
            static_cast<std::streamsize>(rows * genes * std::int64_t{sizeof(double)}));
  return profiles;
}

class PdsJob final : public Job {
 public:
  PdsJob(const std::string& predicted, const std::string& real, std::int64_t rows,
         std::int64_t genes)
      : predicted_(read_profiles(predicted, rows, genes)),
        real_(read_profiles(real, rows, genes)),
        match_(static_cast<std::size_t>(rows)) {
    std::iota(match_.begin(), match_.end(), 0);
  }

  void run() override {
    ranks_ = backend_->profile_ranks(std::as_const(predicted_).view(), std::as_const(real_).view(),
                                     match_, {}, ProfileDistance::kL1);
  }

  void save(const std::string& prefix) const override {
    write_raw(prefix + ".nearer", ranks_.nearer.view().data, match_.size() * sizeof(std::int32_t));
  }

  std::string describe() const override {
    return fmt::format("\"rows\": {}, \"genes\": {}", real_.rows(), real_.cols());
  }

 private:
  std::unique_ptr<Backend> backend_ = make_backend("cpu");
  Matrix<double> predicted_;
  Matrix<double> real_;
  std::vector<std::int32_t> match_;
  ProfileRanks ranks_;
};

}  // namespace

std::unique_ptr<Job> make_pds_job(const Arguments& arguments) {
  return std::make_unique<PdsJob>(arguments.at(0), arguments.at(1), std::stoll(arguments.at(2)),
                                  std::stoll(arguments.at(3)));
}

}  // namespace cupel::bench
