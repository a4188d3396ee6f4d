#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cupel {

class Console;

// One long job on stderr: done/total, rate and time left, at most ten times a second on a terminal
// and every ten seconds elsewhere. Ends its line when it goes. A job inside another (a file of many)
// shares its line: "scoring: 12/200 predictions, 3.1/s, 60 s left | b.h5ad: 40/2000 ...". The time
// left is what the rate up to the last step says.
class Progress {
 public:
  Progress(Console& console, std::string label, std::string unit, std::int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void advance(std::int64_t by);

 private:
  void draw();
  [[nodiscard]] std::string line(std::chrono::steady_clock::time_point now) const;

  using Clock = std::chrono::steady_clock;
  Console& console_;
  std::string label_;
  std::string unit_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point advanced_ = start_;
  Clock::time_point drawn_ = start_;
  bool shown_ = false;
  Progress* outer_;
};

// Wall seconds by stage of the work. One stage runs at a time; each may run again.
class StageClock {
 public:
  // Time from here on goes to `stage`, until the next call.
  void enter(std::string_view stage);
  // Until the next `enter`, time goes to no stage.
  void pause();
  // Adds what another clock has counted.
  void add(const StageClock& other);
  // In the order in which the stages were first entered, the running one up to now.
  [[nodiscard]] std::vector<std::pair<std::string, double>> seconds() const;

 private:
  std::pair<std::string, double>& of(std::string_view stage);

  using Clock = std::chrono::steady_clock;
  static constexpr auto kNone = static_cast<std::size_t>(-1);
  std::vector<std::pair<std::string, double>> seconds_;
  std::size_t running_ = kNone;
  Clock::time_point since_;
};

// Where words for the user go: stderr, unless quiet. Results never pass through here.
class Console {
 public:
  explicit Console(bool quiet);
  void note(std::string_view text);
  void note_stages();
  void warn(std::string_view text);  // also kept for the run's record; shown even when quiet
  // Keeps what another console has kept: its warnings, and the time of its stages.
  void take(const Console& other);
  [[nodiscard]] StageClock& stages() noexcept { return stages_; }
  [[nodiscard]] bool quiet() const noexcept { return quiet_; }
  [[nodiscard]] bool is_terminal() const noexcept { return terminal_; }
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  friend class Progress;

  bool quiet_;
  bool terminal_;
  Progress* innermost_ = nullptr;  // of the jobs that run
  std::vector<std::string> warnings_;
  StageClock stages_;
};

}  // namespace cupel
