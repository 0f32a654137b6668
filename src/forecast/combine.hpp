// Weights of the members of a combination. Private to the module.
#pragma once

#include <vector>

#include "candidates.hpp"

namespace tonnage::forecast {

/// Mean absolute error of each member over all trials of a series, over the mean of the members; 1 where it is not known.
std::vector<double> relative_losses(const Candidates& c);

/// Weights from the losses of a series and of all alike series in the same run (same kind, season, horizon and members):
/// (pooled loss)^-p, p = 10 without a season and 2 with one, x (own loss + 0.1)^-q, q = (n - 150) / 250 between 0 and 2, zero for a member that cannot serve. Sum 1.
std::vector<double> weights_of(const Candidates& c, const std::vector<double>& pooled_loss);

/// Weighted mean of the members at each step; with five or more the lowest and the highest of each step are left out,
/// except for series without a season.
std::vector<double> combine(const std::vector<std::vector<double>>& members, const std::vector<double>& weights, bool trim);

/// Size of the errors by step: scale x (weighted mean distance of the members from the combination)^0.35; the distance counts
/// at least `least_distance`; `widening`: it does not shrink with the step.
std::vector<double> spread_sizes(const std::vector<std::vector<double>>& members, const std::vector<double>& weights, const std::vector<double>& combined, double scale,
                                 double least_distance, bool widening);

}  // namespace tonnage::forecast
