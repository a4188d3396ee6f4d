#pragma once
// x86 intrinsics, for files that hold a vector variant of a loop. GCC 12 takes the undefined vectors
// inside its own intrinsics for a mistake (its bug 105593), and says so where they are inlined: the
// two warnings are off in such a file.
#if defined(__x86_64__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif
