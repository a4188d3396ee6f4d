#include "log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace cupel {

Progress::Progress(Console& console, std::string label, std::string unit, std::int64_t total)
    : console_(console), label_(std::move(label)), unit_(std::move(unit)),
      total_(total),
      outer_(std::exchange(console.innermost_, this)) {}

Progress::~Progress() {
  console_.innermost_ = outer_;
  if (shown_ && console_.is_terminal()) fmt::print(stderr, "\r\033[K");
}

void Progress::advance(std::int64_t by) {
  done_ += by;
  advanced_ = Clock::now();
  if (console_.quiet()) return;
  const auto pause =
      console_.is_terminal() ? std::chrono::milliseconds(100) : std::chrono::seconds(10);
  if (advanced_ - drawn_ < pause) return;
  draw();
}

std::string Progress::line(Clock::time_point now) const {
  auto text = fmt::format("{}: {}/{} {}", label_, done_, total_, unit_);
  const double seconds = std::chrono::duration<double>(advanced_ - start_).count();
  const double rate = done_ > 0 ? static_cast<double>(done_) / seconds : 0.0;
  if (rate > 0) {  // else nothing is known of the time left
    constexpr double kSlow = 10.0;
    const double since = std::chrono::duration<double>(now - advanced_).count();
    const double left = std::max(static_cast<double>(total_ - done_) / rate - since, 0.0);
    text += rate < kSlow ? fmt::format(", {:.2g}/s", rate) : fmt::format(", {:.0f}/s", rate);
    text += fmt::format(", {:.0f} s left", left);
  }
  return outer_ == nullptr ? text : fmt::format("{} | {}", outer_->line(now), text);
}

void Progress::draw() {
  drawn_ = Clock::now();
  shown_ = true;
  if (console_.is_terminal()) {
    fmt::print(stderr, "\r\033[K{}", line(drawn_));
  } else {
    fmt::print(stderr, "{}\n", line(drawn_));
  }
  std::fflush(stderr);
}

std::pair<std::string, double>& StageClock::of(std::string_view stage) {
  const auto known = std::ranges::find(seconds_, stage, &std::pair<std::string, double>::first);
  return known == seconds_.end() ? seconds_.emplace_back(stage, 0.0) : *known;
}

void StageClock::enter(std::string_view stage) {
  pause();
  running_ = static_cast<std::size_t>(&of(stage) - seconds_.data());
}

void StageClock::pause() {
  seconds_ = seconds();
  since_ = Clock::now();
  running_ = kNone;
}

void StageClock::add(const StageClock& other) {
  for (const auto& [stage, seconds] : other.seconds()) of(stage).second += seconds;
}

std::vector<std::pair<std::string, double>> StageClock::seconds() const {
  auto all = seconds_;
  if (running_ != kNone) {
    all[running_].second += std::chrono::duration<double>(Clock::now() - since_).count();
  }
  return all;
}

Console::Console(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

void Console::note(std::string_view text) {
  if (!quiet_) fmt::print(stderr, "{}\n", text);
}

void Console::note_stages() {
  std::string line;
  for (const auto& [stage, seconds] : stages_.seconds()) {
    line += fmt::format("{}{} {:.2f} s", line.empty() ? "" : ", ", stage, seconds);
  }
  note(line);
}

void Console::take(const Console& other) {
  warnings_.insert(warnings_.end(), other.warnings_.begin(), other.warnings_.end());
  stages_.add(other.stages_);
}

void Console::warn(std::string_view text) {
  warnings_.emplace_back(text);
  const bool over_progress = innermost_ != nullptr && terminal_ && !quiet_;
  fmt::print(stderr, "{}warning: {}\n", over_progress ? "\r\033[K" : "", text);
}

}  // namespace cupel
