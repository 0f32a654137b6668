// Sparse demand: whole numbers, many of them zero. Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

/// At least 30 % zeros, otherwise whole positive numbers, at least 12 values, and no season by the 90 % autocorrelation test.
bool is_sparse(Values y, int season);

/// Teunter, Syntetos & Babai 2011: probability of demand p and its size z are smoothed apart (p at every step, z when there is
/// demand) and the forecast is p z at every step; smoothing constants from {0.02, 0.05, 0.1, 0.2, 0.3} each by squared one-step errors.
std::vector<double> forecast_tsb(Values y, int horizon);

/// Quantiles, at probabilities (i + 0.5) / count, of the negative binomial of a mean and variance, less the mean; of the Poisson
/// when the variance is not above the mean.
std::vector<double> count_quantiles(double mean, double variance, int count);

}  // namespace tonnage::forecast
