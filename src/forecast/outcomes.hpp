// Joint paths of demand reduced to a few outcomes with probabilities. Private to the module.
#pragma once

#include <string>
#include <vector>

#include "paths.hpp"

namespace tonnage::forecast {

struct PathOutcomes {
  std::vector<Outcome> outcomes;
  std::vector<int> of_path;      ///< outcome of each path; empty: nothing is uncertain
  std::vector<double> stretch;   ///< by period: distance of the outcomes from the mean, over that of the means of their paths
  double held = 1;               ///< share of the variance of the overall level that lies between the outcomes before they are stretched

  /// Load of an origin in an outcome and period: the mean of the outcome's paths, stretched about the mean of all.
  std::vector<double> loads(const OriginPath& origin, int outcome) const;
};

/// At most `count` outcomes in ascending order of the overall level. Alike paths are put together by k-means (Lloyd 1982), from slices of
/// equal probability: the quantization of least squared Wasserstein distance that it can find, each outcome the conditional mean of its
/// paths, so that expected demand is kept (Pflug & Pichler 2014, ch. 4). Paths are points of relative loads by workload and
/// period; the overall level, their mean over workloads, counts three times what all workloads alone do. The outcomes of a period
/// are stretched to the standard deviation of the overall level, which conditional means fall short of.
PathOutcomes reduce_paths(const std::vector<const WorkloadPath*>& workloads, int count);

/// Given outcomes: slices of the paths by overall level with the given probabilities, filled from the lowest in the order `ascending`
/// (indices into `given`).
PathOutcomes slice_paths(const std::vector<const WorkloadPath*>& workloads, const std::vector<NamedWeight>& given, const std::vector<int>& ascending);

}  // namespace tonnage::forecast
