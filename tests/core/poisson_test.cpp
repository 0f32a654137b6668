#include "test.hpp"

#include <cmath>

#include "tonnage/core/poisson.hpp"

using namespace tonnage;

TEST_CASE("Poisson quantiles, as tables give them", "[core]") {
  // P(X <= k) of mean 1: 0.3679, 0.7358, 0.9197, 0.9810, 0.9963.
  CHECK(poisson_quantile(1, 0.3678) == 0);
  CHECK(poisson_quantile(1, 0.3680) == 1);
  CHECK(poisson_quantile(1, 0.9) == 2);
  CHECK(poisson_quantile(1, 0.99) == 4);
  // Of mean 10: P(X <= 14) = 0.9165, P(X <= 15) = 0.9513, P(X <= 17) = 0.9857, P(X <= 18) = 0.9928.
  CHECK(poisson_quantile(10, 0.95) == 15);
  CHECK(poisson_quantile(10, 0.99) == 18);
  CHECK(poisson_quantile(0, 0.999) == 0);
  CHECK(poisson_quantile(5, 0) == 0);
}

TEST_CASE("Poisson quantiles of large means, where the first terms vanish", "[core]") {
  CHECK(poisson_quantile(2000, 0.5) == 2000);  // the median lies within 1/3 above the mean
  CHECK(poisson_quantile(1e6, 0.5) == 1000000);
  // Normal with a skew of 1 / sqrt(mean): mean + z sqrt(mean) + (z^2 - 1) / 6.
  CHECK(std::fabs(poisson_quantile(1e4, 0.975) - (1e4 + 1.959964 * 100 + (1.959964 * 1.959964 - 1) / 6)) <= 1);
}
