#pragma once
// A plain loop marked CUPEL_CPU_CLONES is compiled for three generations of x86-64 and picked when
// the program starts. Only for loops whose result does not depend on the width of a vector.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CUPEL_CPU_CLONES \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CUPEL_CPU_CLONES
#endif
