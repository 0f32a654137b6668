// Points of the joint distribution of inputs with rank correlations: Sobol' with Owen scrambling through a normal copula.
#pragma once

#include <vector>

#include <Eigen/Core>

#include "tonnage/core/sobol.hpp"
#include "tonnage/tco/uncertainty.hpp"

namespace tonnage::tco {

class JointPoints {
 public:
  static constexpr int block = 512;  ///< points at a time: the columns of 32 inputs stay in the cache
  using Columns = Eigen::Array<double, block, Eigen::Dynamic>;

  /// Throws ContradictingCorrelations, and std::out_of_range for more than 32 inputs.
  JointPoints(const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations);

  int size() const { return size_; }
  bool correlated() const { return !factor_.empty(); }
  /// `count` points, at most a block, from the `start`th, by the dimensions of the sequence from `first_dimension` on.
  void fill(const SobolSequence& sequence, int first_dimension, int start, int count, Columns& out) const;

 private:
  void correlate(int count, Columns& u) const;

  const std::vector<Distribution>& inputs_;
  std::vector<double> factor_;
  int size_;
};

}  // namespace tonnage::tco
