// Time of the fastest of some runs: what a benchmark prints.
#pragma once

#include <algorithm>
#include <chrono>

namespace tonnage::testing {

template <class Work>
double fastest_ms(int runs, Work&& work) {
  double best = 1e300;
  for (int i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

}  // namespace tonnage::testing
