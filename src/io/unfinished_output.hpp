#pragma once
#include <cstdint>
#include <string>

namespace cupel::io {

enum class Unfinished : std::uint8_t { kFile, kFolder };

// Notes a file that is not complete yet, or a folder made for output, for as long as the object
// lives: a signal that ends the program then takes it away.
class UnfinishedOutput {
 public:
  UnfinishedOutput(Unfinished what, const std::string& path) noexcept;
  ~UnfinishedOutput();
  UnfinishedOutput(const UnfinishedOutput&) = delete;
  UnfinishedOutput& operator=(const UnfinishedOutput&) = delete;

 private:
  int slot_;
};

// Removes every noted file, and every noted folder that is empty then. From here on nothing new is
// begun: a thread that tries waits for the end. Safe inside a signal handler.
void remove_unfinished_output() noexcept;

}  // namespace cupel::io
