#include "stats/settle_input.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "cupel/error.hpp"
#include "data/input_survey.hpp"
#include "data/lognorm_screen.hpp"
#include "stats/median_total.hpp"
#include "text.hpp"

namespace cupel {
namespace {

double checked(double median, const Screen& screen, std::string_view cells) {
  if (median > 0.0) return median;
  throw Error(ErrorKind::kInput,
              fmt::format("{}: {} have no counts to take a median total of", screen.path(), cells));
}

double file_median(Screen& screen, bool with_empty, std::int64_t memory) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(screen.n_cells()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const auto totals = totals_of(screen, rows, memory);
  return checked(with_empty ? median_total(totals) : median_positive_total(totals), screen,
                 "the cells");
}

}  // namespace

std::string settle_input(std::shared_ptr<Screen>& screen, Conventions& c, std::int64_t memory) {
  std::string read_as;
  if (c.data.guess_input != InputGuess::kNone) {
    c.data.input_type = guess_input(*screen, c.data.guess_input, memory);
    read_as =
        c.data.input_type == InputType::kCounts ? "counts, by a guess" : "lognorm, by a guess";
  }
  if (c.data.input_type != InputType::kCounts) return read_as;
  if (read_as.empty()) read_as = "counts";
  const auto from = c.expression.target_sum_from;
  const bool of_file =
      from == TargetSumFrom::kFileMedian || from == TargetSumFrom::kFileMedianWithEmpty;
  if (of_file) {
    c.expression.target_sum =
        file_median(*screen, from == TargetSumFrom::kFileMedianWithEmpty, memory);
    read_as += fmt::format(", normalised to the file's median total {}",
                           number_text(c.expression.target_sum));
  }
  if (c.data.log_when_read) {
    if (from == TargetSumFrom::kControlMedian) {
      throw Error(ErrorKind::kUsage,
                  "data.log_when_read needs a target sum that is known before any group is read; "
                  "set expression.target_sum_from to given or file_median");
    }
    screen = as_lognorm(std::move(screen), c.expression.target_sum);
    c.data.input_type = InputType::kLognorm;
    read_as += of_file ? " and logged"
                       : fmt::format(", normalised to {} and logged",
                                     number_text(c.expression.target_sum));
  }
  return c.data.guess_input == InputGuess::kNone && !of_file && !c.data.log_when_read ? ""
                                                                                      : read_as;
}

double control_median(Screen& screen, std::span<const std::int64_t> control, std::int64_t memory) {
  return checked(median_positive_total(totals_of(screen, control, memory)), screen,
                 "the control cells");
}

}  // namespace cupel
