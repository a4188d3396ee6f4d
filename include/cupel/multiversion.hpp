#pragma once

// Marks a function to be compiled once per x86-64 level and picked when the program starts. Such a
// function holds plain loops: without fused multiply-adds each level gives the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define CUPEL_MULTIVERSION \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CUPEL_MULTIVERSION
#endif
