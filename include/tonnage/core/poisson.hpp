// Quantiles of the Poisson distribution.
#pragma once

namespace tonnage {

/// Least k with P(X <= k) >= level, of X with this mean. `mean` 0 to 1e8, `level` 0 to below 1.
int poisson_quantile(double mean, double level);

}  // namespace tonnage
