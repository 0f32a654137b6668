// The standard normal distribution.
#pragma once

namespace tonnage {

inline constexpr double normal_90 = 1.2815515655446004, normal_975 = 1.959963984540054;  ///< quantiles

/// Probability of a value up to x.
double normal_probability(double x);

/// Its inverse on (0, 1), to about 1e-16 (M. J. Wichura, algorithm AS 241, PPND16).
double normal_quantile(double probability);

}  // namespace tonnage
