#pragma once
#include <cmath>

#include "cupel/host_device.hpp"

// About 106 bits from pairs of doubles (Dekker 1971; Ogita, Rump and Oishi 2005). Every step is an
// IEEE operation in a fixed order, so all devices that round to nearest get the same bits.
namespace cupel::math {

struct DoubleDouble {
  double hi = 0.0;  // the value rounded to double
  double lo = 0.0;  // what that rounding left out
};

// a + b exactly.
CUPEL_HOST_DEVICE inline DoubleDouble two_sum(double a, double b) {
  const double sum = a + b;
  const double part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

// The same where |a| >= |b|.
CUPEL_HOST_DEVICE inline DoubleDouble quick_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

// a * b exactly, barring underflow.
CUPEL_HOST_DEVICE inline DoubleDouble two_product(double a, double b) {
  const double product = a * b;
  return {product, std::fma(a, b, -product)};
}

CUPEL_HOST_DEVICE inline DoubleDouble negate(DoubleDouble a) { return {-a.hi, -a.lo}; }

CUPEL_HOST_DEVICE inline DoubleDouble add(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = two_sum(a.hi, b.hi);
  const DoubleDouble low = two_sum(a.lo, b.lo);
  const DoubleDouble sum = quick_two_sum(high.hi, high.lo + low.hi);
  return quick_two_sum(sum.hi, sum.lo + low.lo);
}

CUPEL_HOST_DEVICE inline DoubleDouble multiply(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble product = two_product(a.hi, b.hi);
  return quick_two_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

CUPEL_HOST_DEVICE inline DoubleDouble divide(DoubleDouble a, DoubleDouble b) {
  const double first = a.hi / b.hi;
  const DoubleDouble rest = add(a, negate(multiply(b, {first, 0.0})));
  const double second = rest.hi / b.hi;
  const DoubleDouble last = add(rest, negate(multiply(b, {second, 0.0})));
  return add(quick_two_sum(first, second), {last.hi / b.hi, 0.0});
}

// Of a value above 0.
CUPEL_HOST_DEVICE inline DoubleDouble square_root(DoubleDouble a) {
  const double root = std::sqrt(a.hi);
  const DoubleDouble rest = add(a, negate(two_product(root, root)));
  return quick_two_sum(root, rest.hi / (2.0 * root));
}

}  // namespace cupel::math
