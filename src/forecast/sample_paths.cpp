#include "tonnage/forecast/sample_paths.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "numerics.hpp"
#include "student.hpp"
#include "tonnage/core/correlation.hpp"
#include "tonnage/core/normal.hpp"
#include "tonnage/core/parallel.hpp"
#include "tonnage/core/random.hpp"

namespace tonnage::forecast {
namespace {

constexpr std::size_t most_pairs = 300;   ///< beyond it all pairs have the mean correlation: one common factor
constexpr std::size_t most_joint = 1500;  ///< beyond it the correlation matrix would be too large: series are independent

/// Errors of a series by distance of the origin from the end.
std::map<int, const std::vector<double>*> by_distance(const SeriesInput& input, const SeriesForecast& forecast) {
  std::map<int, const std::vector<double>*> out;
  const int n = static_cast<int>(input.values.size());
  for (std::size_t o = 0; o < forecast.past_origins.size(); ++o) out[n - forecast.past_origins[o]] = &forecast.past_errors[o];
  return out;
}

/// Order of names: what makes the numbers independent of the order of the series.
std::vector<int> by_name(const std::vector<SeriesInput>& inputs) {
  std::vector<int> order(inputs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return inputs[a].name < inputs[b].name; });
  return order;
}

}  // namespace

std::vector<double> error_correlation(const std::vector<SeriesInput>& inputs, const std::vector<SeriesForecast>& forecasts) {
  const std::size_t n = inputs.size();
  std::vector<double> r(n * n, 0.0);
  std::vector<std::map<int, const std::vector<double>*>> errors;
  for (std::size_t i = 0; i < n; ++i) errors.push_back(by_distance(inputs[i], forecasts[i]));
  double mean = 0, pairs = 0, trials = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      double product = 0, first = 0, second = 0, shared = 0;
      for (const auto& [distance, a] : errors[i]) {
        const auto found = errors[j].find(distance);
        if (found == errors[j].end()) continue;
        shared += 1;
        const std::vector<double>& b = *found->second;
        for (std::size_t k = 0; k < std::min(a->size(), b.size()); ++k) {
          if (!std::isfinite((*a)[k]) || !std::isfinite(b[k])) continue;
          const double u = std::clamp((*a)[k], -6.0, 6.0), v = std::clamp(b[k], -6.0, 6.0);
          product += u * v, first += u * u, second += v * v;
        }
      }
      const double c = first > 0 && second > 0 ? product / std::sqrt(first * second) : 0;
      r[i * n + j] = r[j * n + i] = c;
      mean += c, pairs += 1, trials += shared;
    }
  mean = pairs > 0 ? std::clamp(mean / pairs, 0.0, 0.99) : 0;
  // A few trials say little about one pair: weight of the mean 10 trials against those that there are.
  const double own = pairs > 0 ? trials / pairs / (trials / pairs + 10) : 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) r[i * n + j] = i == j ? 1 : own * r[i * n + j] + (1 - own) * mean;
  return r;
}

std::vector<SamplePaths> sample_paths(const std::vector<SeriesInput>& inputs, const std::vector<SeriesForecast>& forecasts, int count, std::uint64_t seed, int threads,
                                      bool joint, bool mirrored) {
  const int n = static_cast<int>(inputs.size());
  const std::vector<int> order = by_name(inputs);
  std::vector<SeriesInput> sorted_inputs;
  std::vector<double> factor;
  double common = 0;  // correlation of all pairs
  if (joint && n > 1 && inputs.size() <= most_joint) {
    std::vector<SeriesForecast> sorted_forecasts;
    for (const int i : order) sorted_inputs.push_back({inputs[i].name, inputs[i].values, {}}), sorted_forecasts.push_back(forecasts[i]);
    std::vector<double> correlation = error_correlation(sorted_inputs, sorted_forecasts);
    int contradicting = -1;  // an estimate is near enough to one that can be
    if (inputs.size() <= most_pairs) factor = semidefinite_factor(std::move(correlation), n, contradicting);
    else common = std::clamp((mean_of(correlation) * n - 1) / (n - 1), 0.0, 0.99);
  }
  int horizon = 0;
  std::vector<SamplePaths> out(inputs.size());
  for (int s = 0; s < n; ++s) {
    out[s].horizon = static_cast<int>(forecasts[s].mean.size());
    out[s].values.resize(static_cast<std::size_t>(count) * out[s].horizon);
    horizon = std::max(horizon, out[s].horizon);
  }
  // Every series has noise of its own by its name, so that it keeps it when another series comes or goes.
  std::vector<RandomStream> stream, lasts, sizes;
  for (const int i : order)
    stream.emplace_back(seed, "sample paths " + inputs[i].name), lasts.emplace_back(seed, "lasting " + inputs[i].name), sizes.emplace_back(seed, "sizes " + inputs[i].name);
  const RandomStream shared(seed, "common factor"), shared_lasts(seed, "common lasting"), shared_sizes(seed, "common sizes");
  parallel_for(count, threads, [&](int j) {
    const int half = (count + 1) / 2, own = mirrored && j >= half ? j - half : j;
    const double mirror = own == j ? 1 : -1;
    std::vector<double> noise(n), state(n, 0.0), lasting(n, 0.0), size(n, 1.0);
    // Normal noise of all series at one index, correlated between them.
    const auto draw = [&](const std::vector<RandomStream>& each, const RandomStream& all, std::uint64_t at, double sign) {
      for (int s = 0; s < n; ++s) noise[s] = sign * each[s].normal(at);
      const double factor_of_all = common > 0 ? sign * std::sqrt(common) * all.normal(at) : 0;
      for (double& v : noise) v = common > 0 ? factor_of_all + std::sqrt(1 - common) * v : v;
      for (int s = n - 1; s >= 0 && !factor.empty(); --s) {
        double z = 0;
        for (int i = 0; i <= s; ++i) z += factor[static_cast<std::size_t>(s) * n + i] * noise[i];
        noise[s] = z;
      }
    };
    // Series whose errors hang together have large ones together.
    draw(sizes, shared_sizes, static_cast<std::uint64_t>(own), 1);
    for (int s = 0; s < n; ++s)
      if (forecasts[order[s]].errors.sized_together) size[s] = student6_factor(std::clamp(normal_probability(noise[s]), 1e-9, 1 - 1e-9));
    draw(lasts, shared_lasts, static_cast<std::uint64_t>(own), mirror);
    for (int s = 0; s < n; ++s) lasting[s] = std::sqrt(forecasts[order[s]].errors.lasting) * noise[s];
    for (int k = 0; k < horizon; ++k) {
      draw(stream, shared, (static_cast<std::uint64_t>(own) << 20) + static_cast<std::uint64_t>(k), mirror);
      for (int s = 0; s < n; ++s) {
        const SeriesForecast& f = forecasts[order[s]];
        if (k >= out[order[s]].horizon) continue;
        const double phi = f.errors.persistence;
        state[s] = k == 0 ? noise[s] : phi * state[s] + std::sqrt(1 - phi * phi) * noise[s];
        const double z = lasting[s] + std::sqrt(1 - f.errors.lasting) * state[s];
        const double p = f.errors.sized_together ? student6_probability(size[s] * z) : normal_probability(z);
        double value = f.mean[k] + f.errors.error(std::clamp(p, 1e-9, 1 - 1e-9), k);
        if (f.errors.has_floor) value = std::max(value, std::min(f.errors.floor, f.mean[k]));
        out[order[s]].values[static_cast<std::size_t>(j) * out[order[s]].horizon + k] = value;
      }
    }
  });
  return out;
}

namespace {

/// Covariance of the errors: correlation, and sizes over the horizon times the spread of the standardised errors.
std::vector<double> error_covariance(const std::vector<SeriesInput>& inputs, const std::vector<SeriesForecast>& forecasts) {
  const std::size_t n = forecasts.size();
  std::vector<double> w = error_correlation(inputs, forecasts), size(n);
  for (std::size_t i = 0; i < n; ++i) {
    double spread = 0;
    for (const double q : forecasts[i].errors.quantile) spread += q * q / static_cast<double>(forecasts[i].errors.quantile.size());
    size[i] = mean_of(forecasts[i].errors.size) * std::sqrt(spread);
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) w[i * n + j] *= size[i] * size[j];
  return w;
}

void set_intervals(SeriesForecast& forecast, const SamplePaths& paths, int count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (int k = 0; k < paths.horizon; ++k) {
    for (int j = 0; j < count; ++j) values[j] = paths.at(j, k);
    std::sort(values.begin(), values.end());
    for (Interval& interval : forecast.intervals) {
      interval.lower[k] = std::min(quantile_of_sorted(values, 0.5 * (1 - interval.level)), forecast.mean[k]);
      interval.upper[k] = std::max(quantile_of_sorted(values, 0.5 * (1 + interval.level)), forecast.mean[k]);
    }
  }
}

}  // namespace

namespace {

bool floored(const std::vector<SeriesForecast>& forecasts) {
  return std::all_of(forecasts.begin(), forecasts.end(), [](const SeriesForecast& f) { return f.errors.has_floor; });
}

void reconcile_by(const Hierarchy& hierarchy, const std::vector<double>& weights, std::vector<SamplePaths>& paths, bool non_negative) {
  std::vector<std::vector<double>> values;
  for (SamplePaths& p : paths) values.push_back(std::move(p.values));
  reconcile_paths(hierarchy, weights, values, non_negative);
  for (std::size_t i = 0; i < paths.size(); ++i) paths[i].values = std::move(values[i]);
}

}  // namespace

void reconcile_with_total(const std::vector<SeriesInput>& inputs, const std::vector<SeriesForecast>& forecasts, std::vector<SamplePaths>& paths) {
  const Hierarchy hierarchy = total_of(static_cast<int>(forecasts.size()) - 1);
  reconcile_by(hierarchy, mint_weights(hierarchy, error_covariance(inputs, forecasts)), paths, floored(forecasts));
}

std::vector<SamplePaths> reconcile_sums(const Hierarchy& hierarchy, const std::vector<SeriesInput>& inputs, std::vector<SeriesForecast>& forecasts, int count, std::uint64_t seed,
                                        int threads) {
  const int n = static_cast<int>(forecasts.size());
  const std::vector<double> weights = mint_weights(hierarchy, error_covariance(inputs, forecasts));
  std::vector<SamplePaths> paths = sample_paths(inputs, forecasts, count, seed, threads);
  const bool non_negative = floored(forecasts);
  reconcile_by(hierarchy, weights, paths, non_negative);
  std::vector<double> base(n);
  for (std::size_t k = 0; k < forecasts.front().mean.size(); ++k) {
    for (int i = 0; i < n; ++i) base[i] = forecasts[i].mean[k];
    const std::vector<double> whole = reconcile(hierarchy, weights, base, non_negative);
    for (int i = 0; i < n; ++i) forecasts[i].mean[k] = whole[i];
  }
  for (int i = 0; i < n; ++i) set_intervals(forecasts[i], paths[i], count);
  return paths;
}

}  // namespace tonnage::forecast
