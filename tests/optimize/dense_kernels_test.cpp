#include "test.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "optimize/dense_kernels.hpp"
#include "optimize/quasidefinite.hpp"
#include "seeded.hpp"

using namespace tonnage;
using namespace tonnage::optimize;

namespace {

using Vector = std::vector<double>;

Vector random_vector(std::size_t size, tonnage::testing::Seeded& random) {
  Vector out(size);
  for (double& x : out) x = random.uniform() - 0.5;
  return out;
}

/// What a set of kernels makes of matrices of all kinds of sizes.
struct Outcome {
  Vector lower, product, transposed;
};

Outcome outcome(const DenseKernels& kernels, int rows, int width, int inner) {
  tonnage::testing::Seeded random(static_cast<std::uint64_t>(rows * 10000 + width * 100 + inner), "kernels");
  const auto r = static_cast<std::size_t>(rows), w = static_cast<std::size_t>(width), n = static_cast<std::size_t>(inner);
  const Vector a = random_vector(r * n, random), scale = random_vector(n, random);
  Vector c = random_vector(r * w, random), packed(packed_length(width, inner)), y = random_vector(r, random), t = random_vector(n, random);
  const Vector x = random_vector(std::max(r, n), random);
  Outcome out;
  pack_scaled(a.data(), r, width, inner, scale.data(), 1, packed.data());
  Vector expected = c;
  for (std::size_t j = 0; j < w; ++j)
    for (std::size_t i = j; i < r; ++i)
      for (std::size_t k = 0; k < n; ++k) expected[j * r + i] -= a[k * r + i] * a[k * r + j] * scale[k];
  const int half = width / 2 / packed_columns * packed_columns;
  kernels.subtract_lower(c.data(), r, rows, 0, half, a.data(), r, inner, packed.data());
  kernels.subtract_lower(c.data(), r, rows, half, width, a.data(), r, inner, packed.data());
  for (std::size_t j = 0; j < w; ++j)
    for (std::size_t i = j; i < r; ++i) {
      CHECK(c[j * r + i] == Approx(expected[j * r + i]).margin(1e-12));
      out.lower.push_back(c[j * r + i]);
    }
  Vector plain = y;
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < r; ++i) plain[i] -= a[k * r + i] * x[k];
  kernels.subtract_product(y.data(), a.data(), r, rows, inner, x.data());
  for (std::size_t i = 0; i < r; ++i) CHECK(y[i] == Approx(plain[i]).margin(1e-12));
  out.product = y;
  plain = t;
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t i = 0; i < r; ++i) plain[k] -= a[k * r + i] * x[i];
  kernels.subtract_transposed(t.data(), a.data(), r, rows, inner, x.data());
  for (std::size_t k = 0; k < n; ++k) CHECK(t[k] == Approx(plain[k]).margin(1e-12));
  out.transposed = t;
  return out;
}

}  // namespace

TEST_CASE("dense kernels are right, and give the same bits on processors with other vectors", "[optimize]") {
  const DenseKernels* narrow = dense_kernels_of(2);
  REQUIRE(narrow);
  for (const auto& [rows, width, inner] : std::vector<std::array<int, 3>>{{1, 1, 1}, {3, 2, 5}, {5, 5, 2}, {9, 4, 1}, {17, 6, 9}, {40, 13, 8}, {63, 63, 31}, {100, 7, 20}}) {
    const Outcome base = outcome(*narrow, rows, width, inner);
    for (const int lanes : {4, 8}) {
      const DenseKernels* wide = dense_kernels_of(lanes);
      if (!wide) continue;
      const Outcome found = outcome(*wide, rows, width, inner);
      CHECK(found.lower == base.lower);
      CHECK(found.product == base.product);
      CHECK(found.transposed == base.transposed);
    }
  }
}

TEST_CASE("a factor with wide fronts and parts of several depths solves its system", "[optimize]") {
  constexpr int part = 70, parts = 6, link = 150, order = part * parts + link;
  tonnage::testing::Seeded random(7, "factor");
  std::vector<MatrixEntry> pattern;
  Vector values, diagonal(order);
  std::vector<char> positive(order), linking(order, 0);
  for (int i = 0; i < order; ++i) {
    positive[static_cast<std::size_t>(i)] = i % 3 != 0;
    diagonal[static_cast<std::size_t>(i)] = i % 3 != 0 ? 300 : -300;
    linking[static_cast<std::size_t>(i)] = i >= part * parts;
    for (int j = 0; j < i; ++j) {
      const bool both_link = j >= part * parts, near = i < part * parts && i / part == j / part && i - j < 12, ties = i >= part * parts && !both_link && (i + j) % 5 == 0;
      if (!both_link && !near && !ties) continue;
      pattern.push_back({i, j});
      values.push_back(random_vector(1, random).front());
    }
  }
  const Vector x = random_vector(order, random);
  Vector b(order);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = diagonal[i] * x[i];
  for (std::size_t e = 0; e < pattern.size(); ++e) {
    b[static_cast<std::size_t>(pattern[e].row)] += values[e] * x[static_cast<std::size_t>(pattern[e].column)];
    b[static_cast<std::size_t>(pattern[e].column)] += values[e] * x[static_cast<std::size_t>(pattern[e].row)];
  }
  QuasidefiniteFactor factor(std::make_shared<const Elimination>(SymmetricPattern{order, pattern, linking}), positive);
  for (const int threads : {1, 2, 1}) {  // again: what a factor keeps does not spoil the next
    CHECK(factor.factor(diagonal, values, 1e-13, threads) == 0);
    Vector found = b;
    factor.solve(found, threads);
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(found[i] == Approx(x[i]).margin(1e-12));
  }
}
