#include <cstdio>

int main() {
  std::puts("cupel " CUPEL_VERSION);
  return 0;
}
