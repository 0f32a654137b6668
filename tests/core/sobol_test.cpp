#include "test.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/core/correlation.hpp"
#include "tonnage/core/normal.hpp"
#include "tonnage/core/sobol.hpp"

using namespace tonnage;

TEST_CASE("each coordinate of a scrambled Sobol' sequence has one point in each of 2^m intervals", "[core]") {
  const SobolSequence sequence(64, 7, "test");
  for (int d = 0; d < 64; ++d) {
    std::vector<double> x(1024);
    sequence.fill(d, 0, 1024, x.data());
    std::vector<int> hits(1024, 0);
    for (const double one : x) ++hits[static_cast<std::size_t>(one * 1024)];
    CHECK(std::count(hits.begin(), hits.end(), 1) == 1024);
    std::vector<double> later(100);
    sequence.fill(d, 300, 100, later.data());
    CHECK(std::equal(later.begin(), later.end(), x.begin() + 300));
  }
}

TEST_CASE("the first two dimensions are a (0, m, 2)-net: one point in each elementary box", "[core]") {
  const SobolSequence sequence(2, 3, "net");
  std::vector<double> x(256), y(256);
  sequence.fill(0, 0, 256, x.data());
  sequence.fill(1, 0, 256, y.data());
  for (int bits = 0; bits <= 8; ++bits) {
    std::vector<int> hits(256, 0);
    for (std::size_t i = 0; i < 256; ++i) ++hits[static_cast<std::size_t>(x[i] * (1 << bits)) * static_cast<std::size_t>(1 << (8 - bits)) + static_cast<std::size_t>(y[i] * (1 << (8 - bits)))];
    CHECK(std::count(hits.begin(), hits.end(), 1) == 256);
  }
}

TEST_CASE("the inverse normal undoes the normal", "[core]") {
  CHECK(normal_quantile(0.5) == 0);
  CHECK(normal_quantile(0.9) == Approx(1.2815515655446004).epsilon(1e-14));
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-14));
  CHECK(normal_quantile(1e-12) == Approx(-7.034483825301131).epsilon(1e-12));
  for (double p = 0.001; p < 1; p += 0.001) CHECK(normal_probability(normal_quantile(p)) == Approx(p).epsilon(1e-13));
}

TEST_CASE("a matrix that is not positive definite has no Cholesky factor, and the row is named", "[core]") {
  int failed = -1;
  CHECK(cholesky({4, 2, 2, 5}, 2, failed) == std::vector<double>{2, 0, 1, 2});
  CHECK(failed == -1);
  (void)cholesky({1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1}, 3, failed);
  CHECK(failed == 2);
}
