#include "support/gzip_text.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>

namespace cupel::test {

std::string gzip_text(const std::string& path) {
  std::string command = "gzip -dc '";
  command.append(path).append("'");
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("gzip does not start");
  std::string text;
  std::array<char, 1 << 16> buffer{};
  for (std::size_t got = 1; got > 0;) {
    got = std::fread(buffer.data(), 1, buffer.size(), pipe);
    text.append(buffer.data(), got);
  }
  if (pclose(pipe) != 0) throw std::runtime_error("cannot read " + path);
  return text;
}

}  // namespace cupel::test
