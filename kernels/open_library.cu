#include "open_library.hpp"

#include <dlfcn.h>

#include <cstdlib>

#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

void* open(const std::string& title, const std::string& file) {
  if (void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
  const std::string why = dlerror();
  const char* const roots[] = {std::getenv("CUDA_HOME"), std::getenv("CUDA_PATH"),
                               "/usr/local/cuda"};
  for (const char* root : roots) {
    if (root == nullptr) continue;
    const auto path = std::string(root) + "/lib64/" + file;
    if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
  }
  throw Error(ErrorKind::kDevice,
              title + " cannot be opened (" + why +
                  "); install it, add its folder to LD_LIBRARY_PATH, or use --device cpu");
}

}  // namespace

Library::Library(const char* title, const char* file) : title_(title), opened_(open(title, file)) {}

void* Library::find(const char* name) const {
  void* found = dlsym(opened_, name);
  if (found == nullptr) throw Error(ErrorKind::kDevice, title_ + " has no " + name);
  return found;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
