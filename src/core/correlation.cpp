#include "tonnage/core/correlation.hpp"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace tonnage {

double normal_correlation(double rank) { return 2 * std::sin(std::numbers::pi * rank / 6); }

std::vector<double> cholesky(const std::vector<double>& matrix, int size, int& failed) {
  const auto at = [size](int i, int j) { return static_cast<std::size_t>(i * size + j); };
  std::vector<double> out(matrix.size(), 0.0);
  failed = -1;
  for (int i = 0; i < size; ++i)
    for (int j = 0; j <= i; ++j) {
      double rest = matrix[at(i, j)];
      for (int k = 0; k < j; ++k) rest -= out[at(i, k)] * out[at(j, k)];
      if (i == j && !(rest > 1e-12)) {
        failed = i;
        return out;
      }
      out[at(i, j)] = i == j ? std::sqrt(rest) : rest / out[at(j, j)];
    }
  return out;
}

std::vector<double> semidefinite_factor(std::vector<double> matrix, int size, int& contradicting) {
  constexpr double no_variance = 1e-10, rounding = 1e-9;
  contradicting = -1;
  for (int i = 0; i < size; ++i) {
    double* row = matrix.data() + static_cast<std::size_t>(i) * static_cast<std::size_t>(size);
    for (int j = 0; j <= i; ++j) {
      const double* other = matrix.data() + static_cast<std::size_t>(j) * static_cast<std::size_t>(size);
      double rest = row[j];
      for (int k = 0; k < j; ++k) rest -= row[k] * other[k];
      const bool contradicts = i == j ? rest < -rounding : other[j] <= 0 && std::fabs(rest) > rounding;
      if (contradicts && contradicting < 0) contradicting = i;
      if (i == j) row[j] = rest > no_variance ? std::sqrt(rest) : 0;
      else row[j] = other[j] > 0 ? rest / other[j] : 0;
    }
    for (int j = i + 1; j < size; ++j) row[j] = 0;
  }
  return matrix;
}

}  // namespace tonnage
