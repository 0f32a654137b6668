#include "tonnage/forecast/scores.hpp"

#include <algorithm>
#include <cmath>

#include "numerics.hpp"
#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

/// Mean of `term(i)` over the entries with an actual.
template <class Term>
double mean_over(Numbers actual, std::size_t count, Term&& term) {
  double sum = 0, n = 0;
  for (std::size_t i = 0; i < std::min(actual.size(), count); ++i)
    if (std::isfinite(actual[i])) sum += term(i), n += 1;
  return n > 0 ? sum / n : 0;
}

}  // namespace

double smape(Numbers actual, Numbers forecast) {
  return mean_over(actual, forecast.size(), [&](std::size_t i) {
    const double size = std::abs(actual[i]) + std::abs(forecast[i]);
    return size > 0 ? 200 * std::abs(actual[i] - forecast[i]) / size : 0;
  });
}

double mase_scale(Numbers training, int season) { return mean_absolute_difference(training, season); }

double mase(Numbers actual, Numbers forecast, Numbers training, int season) {
  const double scale = mase_scale(training, season);
  return scale > 0 ? mean_over(actual, forecast.size(), [&](std::size_t i) { return std::abs(actual[i] - forecast[i]); }) / scale : 0;
}

std::vector<double> naive2(Numbers training, int season, int horizon) {
  std::vector<double> out(static_cast<std::size_t>(std::max(horizon, 0)), 0.0);
  if (training.empty()) return out;
  SeasonalIndices indices = seasonal_indices(training, season);
  if (!indices.multiplicative) indices.index.clear();
  const long long n = static_cast<long long>(training.size());
  const double last = indices.remove(training.back(), n - 1);
  for (std::size_t k = 0; k < out.size(); ++k) out[k] = indices.apply(last, n + static_cast<long long>(k));
  return out;
}

double owa(double smape_mean, double mase_mean, double naive2_smape, double naive2_mase) {
  return naive2_smape > 0 && naive2_mase > 0 ? 0.5 * (smape_mean / naive2_smape + mase_mean / naive2_mase) : 0;
}

double msis(Numbers actual, Numbers lower, Numbers upper, double level, Numbers training, int season) {
  const double alpha = 1 - level, scale = mase_scale(training, season);
  if (!(scale > 0) || !(alpha > 0)) return 0;
  return mean_over(actual, std::min(lower.size(), upper.size()), [&](std::size_t i) {
           return upper[i] - lower[i] + 2 / alpha * (std::max(lower[i] - actual[i], 0.0) + std::max(actual[i] - upper[i], 0.0));
         }) / scale;
}

double coverage(Numbers actual, Numbers lower, Numbers upper) {
  return mean_over(actual, std::min(lower.size(), upper.size()), [&](std::size_t i) { return actual[i] >= lower[i] && actual[i] <= upper[i] ? 1.0 : 0.0; });
}

double pinball(Numbers actual, Numbers quantile, double p) {
  return mean_over(actual, quantile.size(), [&](std::size_t i) { return actual[i] >= quantile[i] ? p * (actual[i] - quantile[i]) : (1 - p) * (quantile[i] - actual[i]); });
}

double crps(double actual, std::vector<double> samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const double n = static_cast<double>(samples.size());
  double distance = 0, spread = 0;  // mean |x - x'| = 2/n^2 sum_i (2i - n + 1) x_(i) with i from 0
  for (std::size_t i = 0; i < samples.size(); ++i) {
    distance += std::abs(samples[i] - actual) / n;
    spread += (2 * static_cast<double>(i) - n + 1) * samples[i];
  }
  return distance - spread / (n * n);
}

}  // namespace tonnage::forecast
