#pragma once
#include <memory>
#include <string>

#include "cupel/config.hpp"
#include "cupel/dataset.hpp"

namespace cupel {

// Settles what the conventions leave to one file's content: input_type where it is to be guessed,
// target_sum where it is a median of the file's totals; and has counts read as lognorm where they
// say so, after which they are lognorm. Reads cells, at most about `memory` bytes at a time.
//
// Returns what the file is read as, for people: empty where the conventions alone say it.
[[nodiscard]] std::string settle_input(std::shared_ptr<Screen>& screen, Conventions& conventions,
                                       std::int64_t memory);

// Median total of these cells, of counts.
[[nodiscard]] double control_median(Screen& screen, std::span<const std::int64_t> control,
                                    std::int64_t memory);

}  // namespace cupel
