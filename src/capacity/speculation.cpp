// Tokens that a sequence gets in a step with speculative decoding.
#include <algorithm>
#include <cmath>

#include "tonnage/capacity/simulation.hpp"

namespace tonnage::capacity {

double tokens_per_step(double draft_tokens, double acceptance) {
  const double k = std::clamp(std::floor(draft_tokens), 0.0, 64.0), a = std::clamp(acceptance, 0.0, 1.0);
  double sum = 1, chance = 1;
  for (double j = 1; j <= k; ++j) sum += chance *= a;
  return sum;
}

double tokens_per_step_variance(double draft_tokens, double acceptance) {
  const double k = std::clamp(std::floor(draft_tokens), 0.0, 64.0), a = std::clamp(acceptance, 0.0, 1.0);
  double mean = 1, square = 1, chance = 1;
  for (double j = 1; j <= k; ++j) {
    chance *= a;
    mean += chance;
    square += (2 * j + 1) * chance;
  }
  return std::max(square - mean * mean, 0.0);
}

}  // namespace tonnage::capacity
