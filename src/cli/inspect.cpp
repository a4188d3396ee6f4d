#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cupel/error.hpp"
#include "data/inspection.hpp"
#include "io/h5ad_contents.hpp"
#include "io/h5ad_screen.hpp"
#include "text.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kLabelsShown = 6;

void run_inspect(const std::string& path, const std::string& layer) {
  const auto contents = io::describe_h5ad(path);
  if (contents.matrices.empty()) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: holds no matrix: no X, no layers, no raw", path));
  }
  const auto readable =
      std::ranges::find(contents.matrices, "", &io::H5adContents::Matrix::problem);
  const auto chosen = !layer.empty()                        ? layer
                      : readable != contents.matrices.end() ? readable->name
                                                            : contents.matrices.front().name;
  const auto screen = io::open_h5ad(path, chosen);
  fmt::print("{}: {} cells × {} genes\n\nmatrices\n", path, grouped(screen->n_cells()),
             grouped(std::ssize(screen->genes())));
  for (const auto& [name, info, problem] : contents.matrices) {
    if (problem.empty()) {
      fmt::print("  {:<16} {} {}, {} stored values, {}, {} on disk\n", name, info.layout,
                 info.dtype, grouped(info.stored_values), info.filters,
                 bytes_text(info.stored_bytes));
    } else {
      fmt::print("  {:<16} cannot be read: {}\n", name, problem);
    }
  }

  const auto sample = sample_scale(*screen);
  fmt::print(
      "\nscale of {} ({} cells looked at)\n  {}\n  {:.1f} % nonzero, values {} to {}, median "
      "total of a cell {}\n",
      chosen, sample.cells, sample.verdict(), 100.0 * sample.share_nonzero,
      number_text(sample.smallest), number_text(sample.largest), number_text(sample.median_total));

  const auto guesses = guess_perturbation_columns(*screen);
  fmt::print("\nobs columns\n");
  for (const auto& name : screen->obs_names()) {
    const auto& guess =
        *std::ranges::find_if(guesses, [&](const ColumnGuess& g) { return g.column.name == name; });
    fmt::print("  {:<20} {}, {} labels: {}\n", name, guess.column.type,
               guess.column.categories.size(), listed(guess.column.categories, kLabelsShown));
  }
  if (!guesses.empty() && guesses.front().likelihood > 1.0) {
    const auto& best = guesses.front();
    fmt::print("\nlikely\n  --pert-col {}{}{}\n", best.column.name,
               best.control.empty() ? "" : " --control ",
               best.control.empty() ? "" : fmt::format("'{}'", best.control));
  } else {
    fmt::print("\nno obs column looks like one that names perturbations\n");
  }
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto* command =
      app.add_subcommand("inspect", "Say what an .h5ad holds and which flags would fit it");
  auto path = std::make_shared<std::string>();
  auto layer = std::make_shared<std::string>();
  command->add_option("input", *path, "the file (.h5ad)");
  command->add_option("--layer", *layer, "matrix whose scale to look at: X, layers/NAME or raw");
  command->callback([path, layer] {
    if (path->empty()) throw Error(ErrorKind::kUsage, "no file; give FILE.h5ad");
    run_inspect(*path, *layer);
  });
}

}  // namespace cupel::cli
