#pragma once
#include <deque>
#include <functional>
#include <future>
#include <vector>

#include "cupel/backend.hpp"
#include "data/batches.hpp"
#include "log.hpp"

namespace cupel {

// Reads a plan of batches and hands each on, in order.
//
// A batch that does not fit in a device's memory is read and handed on again as two halves, and so
// are later ones as large; the Error(kOutOfMemory) of a group alone stays. Host memory is planned
// before anything is read, so there such an error always stays.
class BatchReader {
 public:
  // `stages`: enters "read" while it reads.
  BatchReader(Screen& screen, RowLists groups, std::vector<std::vector<std::int32_t>> plan,
              const Backend& backend, StageClock& stages);

  // `use` keeps what it learns of the batch only once it is done with it: it may be called with the
  // same groups again.
  void for_each(const std::function<void(GroupBatch&&)>& use);

  // Called by `use` when the batch's cells are on a device and gone from host memory: begins to
  // read the next batch while the device computes. Until then `use` alone reads from the screen,
  // and afterwards not at all. In host memory there is room for one batch, and this does nothing.
  void read_ahead();

 private:
  [[nodiscard]] GroupBatch read();

  Screen& screen_;
  RowLists groups_;
  std::deque<std::vector<std::int32_t>> plan_;
  bool on_device_;
  StageClock& stages_;
  std::future<GroupBatch> next_;
};

}  // namespace cupel
