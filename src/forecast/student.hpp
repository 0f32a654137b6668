// Student's t of six degrees, whose formulas are closed: errors that are large together. Private to the module.
#pragma once

namespace tonnage::forecast {

/// Degrees of the copula of the steps of a path. Errors of one trial are large or small together: with a normal copula the 99 % of sums over
/// trials inside the training parts of the competition series covered a point less than those of single steps, with six degrees as much.
inline constexpr double copula_degrees = 6;

/// Probability of a value up to x under Student's t of six degrees (Abramowitz & Stegun 26.7.4 for an even number of degrees).
double student6_probability(double x);

/// Factor that makes a standard normal value one of Student's t of six degrees: sqrt(6 / w), w the quantile of chi-squared of six degrees
/// at `probability` in (0, 1).
double student6_factor(double probability);

}  // namespace tonnage::forecast
