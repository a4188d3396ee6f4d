#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fitting/training_data.hpp"

// What ceilings are made of (baselines-splits-audits.md A14): the cells of each condition asked
// for, in two halves that share none. The first is the truth, the second its duplicate. Nothing
// else in this room reads cells that are held out, but to copy them.
namespace cupel::fitting {

// One list per condition of Division::asked; its batches apart, none where it has fewer than two
// cells.
using HalfCells = std::vector<std::vector<ConditionCells>>;

// Takes the second half of each condition's cells out of the division: all but the first floor(n/2)
// of an order drawn from the seed, the condition and its cells' content alone, batches together. A
// condition of one cell keeps it.
[[nodiscard]] HalfCells take_second_halves(OpenScreens& screens, Division& division,
                                           std::uint64_t seed, std::int64_t memory);

// The same by an obs column of two labels, such as true replicates: cells of the label that sorts
// first stay, those of the other are taken out, and those without a label are in neither. A
// condition that lacks one of the labels has no second half, and keeps what it has of the first.
// Throws Error(kInput) unless the cells asked for have exactly two labels there.
[[nodiscard]] HalfCells take_labelled_halves(OpenScreens& screens, Division& division,
                                             const std::string& column);

// Profiles of the halves, against the context's control in `training`; of conditions whose context
// has one. With `tested`, whether each half tells a gene from the context's other perturbed cells
// that may be looked at, those that train and other second halves: p values of
// quality/de_score.hpp, adjusted over genes.
[[nodiscard]] models::SecondHalves load_second_halves(
    OpenScreens& screens, const Division& division, const HalfCells& halves,
    const models::Training& training, bool tested, const Conventions& conventions,
    std::int64_t memory, Backend& backend, Console& console);

}  // namespace cupel::fitting
