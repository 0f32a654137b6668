// Sparse demand: many zeros. Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

/// At least 30 % zeros, otherwise positive numbers, at least 12 values, and no season: neither by the autocorrelation test at 99 % (one in ten sparse series without
/// a season passes it at 90 %) nor by how often demand comes at each phase.
bool is_sparse(Values y, int season);

/// Teunter, Syntetos & Babai 2011: probability of demand p and its size z are smoothed apart (p at every step, z when there is
/// demand) and the forecast is p z at every step; smoothing constants from {0.02, 0.05, 0.1, 0.2, 0.3} each by squared one-step errors.
std::vector<double> forecast_tsb(Values y, int horizon);

/// Share of zeros from which methods are not to be told by absolute errors, which zero alone makes least.
constexpr double many_zeros = 0.3;
double share_of_zeros(Values y);

/// Quantiles, at probabilities (i + 0.5) / count, of demand, less `mean` (its forecast): zero with the probability of TSB's smoothing, else one of the sizes seen with
/// the weight that it has in the smoothed size (resampled as in Willemain, Smart & Schwarz 2004). Ten sizes' worth is of others, so that the last few do not bound
/// what may come: all that were seen and, of whole numbers, as often the negative binomial (above zero) with the history's ratio of variance to mean.
std::vector<double> sparse_quantiles(Values y, double mean, int count);

/// Quantiles, at probabilities (i + 0.5) / count, of the negative binomial of a mean and variance, less the mean; of the Poisson
/// when the variance is not above the mean.
std::vector<double> count_quantiles(double mean, double variance, int count);

}  // namespace tonnage::forecast
