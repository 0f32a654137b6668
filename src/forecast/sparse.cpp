#include "sparse.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {

namespace {

constexpr double seasonal_quantile = 2.576;  ///< of the normal: 99 %
constexpr double prior_sizes = 10;           ///< what is not smoothed counts as so many sizes seen

bool whole(Values y) {
  return std::all_of(y.begin(), y.end(), [](double v) { return v == std::floor(v) && v < 1e9; });
}

/// Probability and size of demand at the end, by the smoothing constants of least squared one-step errors; that of the size.
struct Demand {
  double probability = 0, size = 0, constant = 0;
};

Demand smoothed(Values y) {
  double demands = 0, sum = 0;
  for (const double v : y) demands += v > 0, sum += v;
  if (!(demands > 0)) return {};
  constexpr double constants[] = {0.02, 0.05, 0.1, 0.2, 0.3};
  double best = -1;
  Demand out;
  for (const double a : constants)
    for (const double b : constants) {
      double p = demands / static_cast<double>(y.size()), z = sum / demands, squares = 0;
      for (const double v : y) {
        squares += (v - p * z) * (v - p * z);
        p += a * ((v > 0 ? 1.0 : 0.0) - p);
        if (v > 0) z += b * (v - z);
      }
      if (best < 0 || squares < best * (1 - 1e-12)) best = squares, out = {p, z, b};
    }
  return out;
}

double variance_to_mean(Values y) {
  const double mean = mean_of(y);
  double variance = 0;
  for (const double v : y) variance += (v - mean) * (v - mean) / std::max(1.0, static_cast<double>(y.size()) - 1);
  return mean > 0 ? variance / mean : 0;
}

/// Whether demand comes at some phases of the season more often than at others: chi square above its mean by 3.5 standard deviations.
bool phases_differ(Values y, int season) {
  const int n = static_cast<int>(y.size());
  if (season < 2 || n < 5 * season) return false;
  const double often = 1 - share_of_zeros(y);
  double square = 0;
  for (int phase = 0; phase < season; ++phase) {
    double seen = 0, demands = 0;
    for (int t = phase; t < n; t += season) seen += 1, demands += y[static_cast<std::size_t>(t)] > 0;
    square += seen * (demands / seen - often) * (demands / seen - often) / (often * (1 - often));
  }
  return square > season - 1 + 3.5 * std::sqrt(2.0 * (season - 1));
}

}  // namespace

double share_of_zeros(Values y) {
  return static_cast<double>(std::count(y.begin(), y.end(), 0.0)) / std::max(1.0, static_cast<double>(y.size()));
}

bool is_sparse(Values y, int season) {
  if (y.size() < 12 || std::any_of(y.begin(), y.end(), [](double v) { return v < 0; })) return false;
  const double zeros = share_of_zeros(y);
  return zeros >= many_zeros && zeros < 1 && !is_seasonal(y, season, seasonal_quantile) && !phases_differ(y, season);
}

std::vector<double> forecast_tsb(Values y, int horizon) {
  const Demand demand = smoothed(y);
  return std::vector<double>(static_cast<std::size_t>(horizon), demand.probability * demand.size);
}

namespace {

/// A value and its probability.
using Mass = std::pair<double, double>;

/// Sizes seen, each as the smoothed size weighs it: their mean is that size.
std::vector<Mass> as_smoothed(const std::vector<double>& sizes, double constant) {
  std::vector<Mass> out;
  double weight = std::pow(1 - constant, static_cast<double>(sizes.size()));
  const double first = weight / static_cast<double>(sizes.size());
  for (const double size : sizes) weight /= 1 - constant, out.emplace_back(size, first + constant * weight);
  return out;
}

/// What else may come: any size seen, and as often, of whole numbers, the negative binomial above zero.
std::vector<Mass> others(Values y, const std::vector<double>& sizes, double mean, int count) {
  std::vector<double> drawn;
  if (whole(y)) drawn = count_quantiles(mean, variance_to_mean(y) * mean, count);
  for (double& v : drawn) v = std::round(v + mean);
  std::erase(drawn, 0.0);
  const double half = drawn.empty() ? 1 : 0.5;
  std::vector<Mass> out;
  for (const double v : sizes) out.emplace_back(v, half / static_cast<double>(sizes.size()));
  for (const double v : drawn) out.emplace_back(v, (1 - half) / static_cast<double>(drawn.size()));
  return out;
}

}  // namespace

std::vector<double> sparse_quantiles(Values y, double mean, int count) {
  const Demand demand = smoothed(y);
  if (!(mean > 0) || !(demand.probability > 0)) return std::vector<double>(static_cast<std::size_t>(count), 0.0);
  std::vector<double> sizes;
  std::copy_if(y.begin(), y.end(), std::back_inserter(sizes), [](double v) { return v > 0; });
  const std::vector<Mass> smooth = as_smoothed(sizes, demand.constant), other = others(y, sizes, mean, count);
  double squares = 0;
  for (const Mass& m : smooth) squares += m.second * m.second;
  const double seen = 1 / squares / (1 / squares + prior_sizes);  // 1 / squares: so many sizes, were they alike
  std::vector<Mass> values = {{0, 1 - demand.probability}};
  for (const Mass& m : smooth) values.emplace_back(m.first, demand.probability * seen * m.second);
  for (const Mass& m : other) values.emplace_back(m.first, demand.probability * (1 - seen) * m.second);
  std::sort(values.begin(), values.end());
  std::vector<double> out;
  std::size_t at = 0;
  double below = values.front().second;
  for (int i = 0; i < count; ++i) {
    while (at + 1 < values.size() && below < (i + 0.5) / count) below += values[++at].second;
    out.push_back(values[at].first - mean);
  }
  return out;
}

std::vector<double> count_quantiles(double mean, double variance, int count) {
  std::vector<double> out;
  if (!(mean > 0)) return std::vector<double>(count, 0.0);
  const bool poisson = !(variance > mean * (1 + 1e-9));
  const double r = poisson ? 0 : mean * mean / (variance - mean), q = poisson ? 0 : mean / (r + mean);
  double k = 0, mass = poisson ? std::exp(-mean) : std::pow(1 - q, r), below = mass;
  for (int i = 0; i < count; ++i) {
    const double p = (i + 0.5) / count;
    while (below < p && k < 1e7) {
      mass *= poisson ? mean / (k + 1) : q * (k + r) / (k + 1);
      k += 1, below += mass;
      if (mass <= 0 && k > mean) break;
    }
    out.push_back(k - mean);
  }
  return out;
}

}  // namespace tonnage::forecast
