#include "error_growth.hpp"

#include <algorithm>
#include <cmath>

namespace tonnage::forecast {
namespace {

constexpr double prior_trials = 6;      ///< the prior counts as so many trials
constexpr double power_spread = 0.25;    ///< standard deviation of the power between groups of series
constexpr double steps_together = 4;     ///< so many neighbouring errors say as much as one
constexpr double error_variance = 0.6;  ///< of |error| over its mean: near that of a normal error
constexpr double most_ratio = 20;       ///< of an error to its size

/// a k^b before any error is seen, from trials inside the training parts of the competition series of docs/accuracy-forecast.md.
struct PowerLaw {
  double first, power;
};

PowerLaw prior_of(Kind kind) {
  switch (kind) {
    case Kind::nonseasonal: return {1.35, 0.4};
    case Kind::seasonal: return {1.0, 0.25};
    case Kind::long_season: return {0.65, 0.3};
    case Kind::long_short_season: return {1.1, 0.12};
    case Kind::day_and_week: return {0.55, 0.25};
    case Kind::sparse: break;
  }
  return {1, 0.5};
}

double ratio_at(const TrialErrors& trial, std::size_t k) {
  return std::isfinite(trial.error[k]) && trial.scale[k] > 0 ? std::min(std::abs(trial.error[k]) / trial.scale[k], most_ratio) : std::nan("");
}

/// Calls `see(trial, what it counts)` for all trials.
template <class See>
void each_trial(const std::vector<const PastErrors*>& series, See&& see) {
  for (const PastErrors* past : series)
    for (std::size_t o = 0; o < past->trials.size(); ++o) see(past->trials[o], recency(past->trials.size() - 1 - o));
}

/// Errors of a trial over the prior, by octave of steps.
struct Octave {
  double log_step, mean, weight;
};

std::vector<Octave> octaves_of(const TrialErrors& trial, double counts, double power) {
  std::vector<Octave> out;
  for (std::size_t first = 0; first < trial.error.size(); first = 2 * first + 1) {
    double log_step = 0, sum = 0, n = 0;
    for (std::size_t k = first; k < std::min(2 * first + 1, trial.error.size()); ++k) {
      const double ratio = ratio_at(trial, k), log_k = std::log(static_cast<double>(k) + 1);
      if (std::isfinite(ratio)) log_step += log_k, sum += ratio * std::exp(-power * log_k), n += 1;
    }
    if (n > 0) out.push_back({log_step / n, sum / n, counts * std::max(1.0, n / steps_together) / error_variance});
  }
  return out;
}

/// Slope of the score of a gamma regression (log link) of the means on the log step, each trial with a level of its own.
double score(const std::vector<std::vector<Octave>>& trials, double change) {
  double total = -change / (power_spread * power_spread);
  for (const std::vector<Octave>& octaves : trials) {
    double level = 0, weight = 0;
    for (const Octave& o : octaves) level += o.weight * o.mean * std::exp(-change * o.log_step), weight += o.weight;
    if (!(level > 0)) continue;
    for (const Octave& o : octaves) total += o.weight * o.log_step * (o.mean * std::exp(-change * o.log_step) * weight / level - 1);
  }
  return total;
}

/// Posterior mode of what is added to the power.
double power_change(const std::vector<const PastErrors*>& series, double power) {
  std::vector<std::vector<Octave>> trials;
  each_trial(series, [&](const TrialErrors& trial, double recent) { trials.push_back(octaves_of(trial, recent * trial.weight, power)); });
  double low = -1, high = 1;
  for (int i = 0; i < 40; ++i) {
    const double middle = 0.5 * (low + high);
    (score(trials, middle) > 0 ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace

double recency(std::size_t age) { return std::pow(0.7, static_cast<double>(age)); }

std::vector<double> error_growth(const std::vector<const PastErrors*>& series, Kind kind, int horizon) {
  const PowerLaw prior = prior_of(kind);
  const double power = std::max(0.0, prior.power + power_change(series, prior.power));
  std::vector<double> growth(horizon), weight(horizon, prior_trials);
  double before = 0, after = 0;
  for (int k = 0; k < horizon; ++k) {
    growth[k] = prior.first * std::pow(k + 1.0, power);
    before += prior.first * std::pow(k + 1.0, prior.power), after += growth[k];
  }
  for (double& g : growth) g *= prior_trials * before / after;
  each_trial(series, [&](const TrialErrors& trial, double recent) {
    for (int k = 0; k < std::min(horizon, static_cast<int>(trial.error.size())); ++k) {
      const double ratio = ratio_at(trial, static_cast<std::size_t>(k));
      if (std::isfinite(ratio)) growth[k] += recent * ratio, weight[k] += recent;
    }
  });
  for (int k = 0; k < horizon; ++k) growth[k] /= weight[k];
  make_non_decreasing(growth, weight);
  return growth;
}

}  // namespace tonnage::forecast
