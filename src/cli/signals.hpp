#pragma once

namespace cupel::cli {

// Lets a signal that ends the program take half-written files with it, and makes a write beyond a
// file size limit an error like a full disk.
void clean_up_on_signals();

}  // namespace cupel::cli
