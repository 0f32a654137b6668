#include "student.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/core/normal.hpp"

namespace tonnage::forecast {

double student6_probability(double x) {
  const double c = copula_degrees / (copula_degrees + x * x), s = x / std::sqrt(copula_degrees + x * x);
  return 0.5 + 0.5 * s * (1 + c * (0.5 + 0.375 * c));
}

double student6_factor(double probability) {
  // From the approximation of Wilson & Hilferty (1931), by Newton's method on log w: P(w) = 1 - e^(-w/2) (1 + w/2 + w^2/8).
  const double d = 2 / (9 * copula_degrees), start = 1 - d + normal_quantile(probability) * std::sqrt(d);
  double w = std::max(copula_degrees * start * start * start, 0.05);
  for (int i = 0; i < 30; ++i) {
    const double half = 0.5 * w, tail = std::exp(-half) * (1 + half + 0.5 * half * half);
    const double step = (1 - tail - probability) / (0.25 * half * half * std::exp(-half) * w);
    w *= std::exp(std::clamp(-step, -1.0, 1.0));
    if (std::abs(step) < 1e-12) break;
  }
  return std::sqrt(copula_degrees / w);
}

}  // namespace tonnage::forecast
