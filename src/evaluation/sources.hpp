#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cupel/config.hpp"
#include "cupel/dataset.hpp"
#include "cupel/error.hpp"
#include "cupel/report.hpp"
#include "data/grouping.hpp"
#include "data/validation.hpp"

namespace cupel {

// One file of a run. It is open while it is looked at and closed in between, so that the number of
// predictions is no burden: neither open files nor lists of their rows add up.
struct Source {
  std::string name;
  std::string path;
  std::unique_ptr<Conventions> conventions;  // the profile's, as the file's content settles them
  std::shared_ptr<Screen> screen;            // null while closed
  std::vector<Grouping> groups;              // empty while closed
  std::unique_ptr<ValueWatch> watch;         // of all that was read so far; null until settled
  InputRecord record;
  bool may_be_fractional = false;
  bool logged = false;  // counts that are read as lognorm
  std::size_t batches = 0;
  std::int64_t cells = 0;  // of perturbations, and the bytes that they are decoded to
  std::int64_t bytes = 0;
  bool pseudobulk = false;
  PseudobulkSpace space = PseudobulkSpace::kAuto;  // of its profiles; kAuto until they were read
  std::vector<std::string> warnings;
  bool finished = false;        // by an earlier run
  std::optional<Error> failed;  // and is left out of what follows
};

// Opens the source's file and groups its rows; the second time it must be the same file still. A
// prediction (`real` is the other side's groups) may be a pseudobulk; see PredictionKind. Throws
// Error.
void open_source(Source& source, const RunConfig& config, const Conventions& conventions,
                 const std::vector<Grouping>* real);
void close_source(Source& source);

// Settles what the conventions leave to the content of an open file, for which cells are read
// (settle_input).
void settle_source(Source& source, std::int64_t memory);

}  // namespace cupel
