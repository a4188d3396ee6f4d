#include "io/unfinished_output.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>

namespace cupel::io {
namespace {

enum State : int { kFree, kBusy, kFile, kFolder };

// Never freed, so that a handler may read a slot at any moment. What finds no free slot is not
// noted; few files are ever open at once.
struct Slot {
  std::atomic<int> state{kFree};
  std::array<char, PATH_MAX> path{};
};
std::array<Slot, 32> slots;
std::atomic<bool> ending{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

int take_slot(Unfinished what, const std::string& path) noexcept {
  if (path.size() >= PATH_MAX) return -1;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    int expected = kFree;
    if (!slots[i].state.compare_exchange_strong(expected, kBusy)) continue;
    path.copy(slots[i].path.data(), path.size());
    slots[i].path[path.size()] = '\0';
    slots[i].state = what == Unfinished::kFile ? kFile : kFolder;
    return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

UnfinishedOutput::UnfinishedOutput(Unfinished what, const std::string& path) noexcept
    : slot_(take_slot(what, path)) {
  while (ending) ::pause();
}

UnfinishedOutput::~UnfinishedOutput() {
  if (slot_ >= 0) slots[static_cast<std::size_t>(slot_)].state = kFree;
}

void remove_unfinished_output() noexcept {
  ending = true;
  for (auto& slot : slots) {
    if (slot.state == kFile) ::unlink(slot.path.data());
  }
  // A folder can go once the one inside it is gone, and slots are in no order.
  for (std::size_t pass = 0; pass < slots.size(); ++pass) {
    bool any = false;
    for (auto& slot : slots) any |= slot.state == kFolder && ::rmdir(slot.path.data()) == 0;
    if (!any) return;
  }
}

}  // namespace cupel::io
