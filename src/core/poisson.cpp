#include "tonnage/core/poisson.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage {

int poisson_quantile(double mean, double level) {
  if (!(mean > 0)) return 0;
  // So far below the mean that what is left out cannot be seen, so that the first term does not vanish.
  const int first = static_cast<int>(std::max(0.0, std::floor(mean - 12 * std::sqrt(mean) - 12)));
  double log_term = -mean;
  if (first > 0) log_term += first * std::log(mean) - std::lgamma(first + 1.0);
  double term = std::exp(log_term), sum = term;
  const double last = mean + 12 * std::sqrt(mean) + 60;
  int k = first;
  while (sum < level && k < last) {
    ++k;
    term *= mean / k;
    sum += term;
  }
  return k;
}

}  // namespace tonnage
