#pragma once
#include <string>

#include "make_cuda_backend.hpp"

#define CUPEL_TEXT_OF(x) #x
#define CUPEL_TEXT(x) CUPEL_TEXT_OF(x)

namespace cupel::CUPEL_CUDA_NAMESPACE {

// One of the toolkit's libraries, `title` to its users, opened when it is first needed: a program
// without a GPU, or without a use for it, then runs where it is not installed.
class Library {
 public:
  // Looks where the loader does, then where the toolkit is by custom. Throws Error(kDevice) that
  // says so when `file` is in neither.
  Library(const char* title, const char* file);
  // The function of this name; `same` is the one here that stands for it.
  template <typename Function>
  [[nodiscard]] Function* find(const char* name, Function* /*same*/) const {
    return reinterpret_cast<Function*>(find(name));
  }

 private:
  [[nodiscard]] void* find(const char* name) const;

  std::string title_;
  void* opened_;
};

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
