#include "stats/batch_reader.hpp"

#include <utility>

#include "cupel/error.hpp"

namespace cupel {

BatchReader::BatchReader(Screen& screen, RowLists groups,
                         std::vector<std::vector<std::int32_t>> plan, const Backend& backend,
                         StageClock& stages)
    : screen_(screen),
      groups_(groups),
      plan_(plan.begin(), plan.end()),
      on_device_(backend.space() == Space::kDevice),
      stages_(stages) {}

GroupBatch BatchReader::read() {
  stages_.enter("read");
  return next_.valid() ? next_.get() : read_batch(screen_, groups_, plan_.front());
}

void BatchReader::for_each(const std::function<void(GroupBatch&&)>& use) {
  while (!plan_.empty()) {
    GroupBatch batch = read();
    const auto chosen = std::move(plan_.front());
    plan_.pop_front();
    try {
      use(std::move(batch));
    } catch (const Error& error) {
      if (!on_device_ || error.kind() != ErrorKind::kOutOfMemory || chosen.size() < 2) throw;
      next_ = {};  // waits for it, and reads it again when its turn comes
      const auto most = (chosen.size() + 1) / 2;
      plan_.push_front(chosen);
      std::deque<std::vector<std::int32_t>> parts;
      for (const auto& whole : plan_) {
        for (std::size_t first = 0; first < whole.size(); first += most) {
          const auto last = std::min(first + most, whole.size());
          parts.emplace_back(whole.begin() + static_cast<std::ptrdiff_t>(first),
                             whole.begin() + static_cast<std::ptrdiff_t>(last));
        }
      }
      plan_ = std::move(parts);
    }
  }
}

void BatchReader::read_ahead() {
  if (!on_device_ || plan_.empty() || next_.valid()) return;
  next_ = std::async(std::launch::async, [this, chosen = plan_.front()] {
    return read_batch(screen_, groups_, chosen);
  });
}

}  // namespace cupel
