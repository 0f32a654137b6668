// Weights of the members of a combination. Private to the module.
#pragma once

#include <vector>

#include "candidates.hpp"

namespace tonnage::forecast {

/// How well the members did over all trials of a series.
struct Losses {
  std::vector<double> relative;  ///< mean absolute error of each member, over the mean of the members; at most 5, 1 where it is not known
  double size = 0;               ///< that mean, over the mean seasonal difference of the history; at most 10, 0 where nothing was tried
};
/// Of all trials but `left_out` (-1: of all).
Losses losses_of(const Candidates& c, int left_out = -1);

/// Losses of alike series: mean of the relative ones, each series weighing as its errors are large (what is scored after all is the error in
/// units of the seasonal difference), shrunk towards 1 as if `prior` further series of mean size had all members alike. prior: 40 without a season, 10 with one.
std::vector<double> pooled_losses(const std::vector<Losses>& alike, Kind kind, std::size_t members);

/// Weights from the losses of a series and of all alike series in the same run (same kind, season, horizon and members):
/// (pooled loss)^-p, p = 20 without a season and 2 with one, x (own loss + 0.1)^-q, q = (n - 150) / 250 between 0 and 2, zero for a member that cannot serve. Sum 1.
/// `left_out`: a trial that its own errors are to say nothing of, -1 for none.
std::vector<double> weights_of(const Candidates& c, const std::vector<double>& pooled_loss, int left_out = -1);

/// Weighted mean of the members at each step; with five or more the lowest and the highest of each step are left out,
/// except for series without a season.
std::vector<double> combine(const std::vector<std::vector<double>>& members, const std::vector<double>& weights, bool trim);

/// Size of the errors by step: scale x (weighted mean distance of the members from the combination)^0.35; the distance counts
/// at least `least_distance`; `widening`: it does not shrink with the step.
std::vector<double> spread_sizes(const std::vector<std::vector<double>>& members, const std::vector<double>& weights, const std::vector<double>& combined, double scale,
                                 double least_distance, bool widening);

}  // namespace tonnage::forecast
