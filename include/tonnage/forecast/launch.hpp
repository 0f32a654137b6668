// New products: growth curves whose parameters are drawn from how earlier products grew.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/spread.hpp"

namespace tonnage::forecast {

enum class Curve { bass, logistic, gompertz };
inline constexpr int curve_kinds = 3;
const char* to_string(Curve curve);

/// Load at an age: market x F(age), F from near 0 to 1. Never negative.
/// - bass (Bass 1969): F = (1 - e) / (1 + q/p e), e = exp(-(p + q) age); first = p, second = q, per year.
/// - logistic: F = 1 / (1 + exp(-first (age - second))); first per year, second in years.
/// - gompertz: F = exp(-second exp(-first age)); first per year, second a number.
struct GrowthCurve {
  Curve curve = Curve::bass;
  double market_per_s = 0, first = 0, second = 0;

  double at(double years) const;
};

/// Loads by age, both equally long; every load is finite and >= 0.
struct AgedLoads {
  std::vector<double> years, load_per_s;
};

/// Curve of most posterior density: Gaussian errors of the square roots of the loads (variance grows with the level), wide priors on the
/// parameters and on the market over the highest load seen, so that five points do not run away. `cost`: -2 log density, comparable
/// between the kinds of curves.
GrowthCurve fit_curve(Curve kind, const AgedLoads& loads, double& cost);

/// What earlier products say about a new one: for each kind of curve its weight and the distribution of the logs of market and two
/// parameters, as mean and lower triangular factor of a covariance. That is the spread between the products, shrunk towards a wide
/// one as if two more products had been seen, and larger by the error of the mean.
struct LaunchPrior {
  int analogues = 0;
  std::array<double, curve_kinds> weight{};
  std::array<std::array<double, 3>, curve_kinds> mean{};
  std::array<std::array<double, 9>, curve_kinds> factor{};
  double residual = 0.1;     ///< standard deviation of log load about a curve
  double persistence = 0.5;  ///< correlation of residuals a week apart
};

LaunchPrior prior_from(const std::vector<AgedLoads>& analogues);

/// Market given instead of taken from the analogues.
struct GivenMarket {
  bool given = false;
  double middle_per_s = 0;
  Spread spread;
};

/// `count` curves: from the prior, or given what was seen of the product itself, from the posterior, by importance sampling about the modes
/// (Laplace's approximation with the tails of Student's t; Geweke 1989).
std::vector<GrowthCurve> draw_curves(const LaunchPrior& prior, const GivenMarket& market, const AgedLoads& seen, int count, std::uint64_t seed, const std::string& name);

/// Every earlier product forecast from the others: error of the median curve against the mean of the others at the same age, and the share of its
/// loads between P10 and P90. No origins with fewer than three.
Backtest leave_one_out(const std::vector<AgedLoads>& analogues, std::uint64_t seed);

}  // namespace tonnage::forecast
