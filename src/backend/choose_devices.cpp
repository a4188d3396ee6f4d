#include "backend/choose_devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cupel/error.hpp"

namespace cupel {
namespace {

constexpr std::string_view kGpu = "cuda:";

// "cuda" and "cuda:N" as "cuda:N" without leading zeros; anything else is not a GPU's name.
std::string gpu_name(std::string_view text) {
  if (text == "cuda") return "cuda:0";
  if (text.starts_with(kGpu)) {
    const auto number = text.substr(kGpu.size());
    int ordinal = -1;
    const auto [end, status] =
        std::from_chars(number.data(), number.data() + number.size(), ordinal);
    if (status == std::errc{} && end == number.data() + number.size() && ordinal >= 0) {
      return fmt::format("{}{}", kGpu, ordinal);
    }
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("no device named '{}'; known: auto, cpu, cuda, cuda:N, or several GPUs "
                          "as in cuda:0,cuda:1",
                          text));
}

std::vector<std::string> gpu_names(std::string_view list) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    const auto text = list.substr(at, end - at);
    at = end + 1;
    if (text == "cpu" || text == "auto") {
      throw Error(ErrorKind::kUsage,
                  fmt::format("'{}' is no GPU; a list of devices names GPUs alone", text));
    }
    auto name = gpu_name(text);
    if (std::ranges::find(names, name) != names.end()) {
      throw Error(ErrorKind::kUsage, fmt::format("{} is named twice in '{}'", name, list));
    }
    names.push_back(std::move(name));
  }
  return names;
}

DeviceChoice choose_automatically(const FindGpus& find_gpus) {
  try {
    const auto gpus = find_gpus();
    if (gpus.size() == 1) return {{"cuda:0"}, gpus[0]};
    return {{"cuda:0"}, fmt::format("{}; the first of {} GPUs", gpus[0], gpus.size())};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kDevice && error.kind() != ErrorKind::kUnsupported) throw;
    const std::string_view what = error.what();  // "why; the way out"
    return {{"cpu"}, std::string(what.substr(0, what.find(';')))};
  }
}

}  // namespace

int ordinal_of(std::string_view device) {
  int ordinal = 0;
  std::from_chars(device.data() + kGpu.size(), device.data() + device.size(), ordinal);
  return ordinal;
}

DeviceChoice choose_devices(std::string_view list, const FindGpus& find_gpus) {
  if (list == "cpu") return {{"cpu"}, {}};
  if (list == "auto") return choose_automatically(find_gpus);
  auto names = gpu_names(list);
  const auto gpus = find_gpus();
  for (const auto& name : names) {
    if (ordinal_of(name) < std::ssize(gpus)) continue;
    throw Error(ErrorKind::kDevice,
                fmt::format("there is no {}; this machine has {} for this build: {}", name,
                            gpus.size() == 1 ? "one GPU" : fmt::format("{} GPUs", gpus.size()),
                            gpus.size() == 1 ? "cuda:0"
                                             : fmt::format("cuda:0 to cuda:{}", gpus.size() - 1)));
  }
  return {std::move(names), {}};
}

}  // namespace cupel
