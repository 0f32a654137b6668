#include "joint_points.hpp"

#include <algorithm>
#include <stdexcept>

#include "tonnage/core/correlation.hpp"
#include "tonnage/core/normal.hpp"

namespace tonnage::tco {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Rank correlations to the factor of the normal copula.
std::vector<double> copula(int size, const std::vector<RankCorrelation>& correlations) {
  if (correlations.empty()) return {};
  std::vector<double> matrix(at(size * size), 0.0);
  for (int i = 0; i < size; ++i) matrix[at(i * size + i)] = 1;
  for (const RankCorrelation& one : correlations)
    matrix[at(one.a * size + one.b)] = matrix[at(one.b * size + one.a)] = normal_correlation(one.rank);
  int failed = -1;
  std::vector<double> out = cholesky(matrix, size, failed);
  if (failed >= 0) throw ContradictingCorrelations(failed);
  return out;
}

}  // namespace

JointPoints::JointPoints(const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations)
    : inputs_(inputs), factor_(copula(static_cast<int>(inputs.size()), correlations)), size_(static_cast<int>(inputs.size())) {
  if (inputs.size() > 32) throw std::out_of_range("at most 32 uncertain inputs");
}

void JointPoints::fill(const SobolSequence& sequence, int first_dimension, int start, int count, Columns& out) const {
  for (int i = 0; i < size_; ++i) sequence.fill(first_dimension + i, static_cast<std::uint32_t>(start), count, out.col(i).data());
  if (correlated()) correlate(count, out);
  for (int i = 0; i < size_; ++i)
    for (int j = 0; j < count; ++j) out(j, i) = inputs_[at(i)].quantile(out(j, i));
}

void JointPoints::correlate(int count, Columns& u) const {
  for (int j = 0; j < count; ++j) {
    for (int i = 0; i < size_; ++i) u(j, i) = normal_quantile(u(j, i));
    for (int i = size_ - 1; i >= 0; --i) {
      double z = 0;
      for (int k = 0; k <= i; ++k) z += factor_[at(i * size_ + k)] * u(j, k);
      u(j, i) = std::clamp(normal_probability(z), 0x1p-53, 1 - 0x1p-53);
    }
  }
}

std::vector<std::vector<double>> joint_draws(const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations, int count, std::uint64_t seed) {
  const JointPoints points(inputs, correlations);
  const SobolSequence sequence(std::max(1, points.size()), seed, "draws");
  JointPoints::Columns columns(JointPoints::block, points.size());
  std::vector<std::vector<double>> out;
  for (int start = 0; start < count; start += JointPoints::block) {
    const int taken = std::min(JointPoints::block, count - start);
    points.fill(sequence, 0, start, taken, columns);
    for (int j = 0; j < taken; ++j) {
      std::vector<double>& point = out.emplace_back();
      for (int i = 0; i < points.size(); ++i) point.push_back(columns(j, i));
    }
  }
  return out;
}

}  // namespace tonnage::tco
