#pragma once
#include <string>

namespace cupel::io {

// Keeps a second run out of a folder of results for as long as the object lives; the end of the
// process, however it comes, ends it too. Where the file system knows no locks it does nothing.
class FolderLock {
 public:
  // Throws Error(kUsage) when another run holds the folder.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

}  // namespace cupel::io
