#include "backtest.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/forecast/components.hpp"

namespace tonnage::forecast {
namespace {

constexpr int most_origins = 12;

/// Pool adjacent violators: the non-decreasing sequence closest by weighted least squares (Ayer et al. 1955).
void make_non_decreasing(std::vector<double>& values, const std::vector<double>& weights) {
  struct Group {
    double mean, weight;
    int count;
  };
  std::vector<Group> groups;
  for (std::size_t i = 0; i < values.size(); ++i) {
    groups.push_back({values[i], weights[i], 1});
    while (groups.size() > 1 && groups[groups.size() - 2].mean > groups.back().mean) {
      const Group last = groups.back();
      groups.pop_back();
      Group& into = groups.back();
      const double weight = into.weight + last.weight;
      into.mean = weight > 0 ? (into.mean * into.weight + last.mean * last.weight) / weight : into.mean;
      into.weight = weight;
      into.count += last.count;
    }
  }
  std::size_t i = 0;
  for (const Group& group : groups)
    for (int j = 0; j < group.count; ++j) values[i++] = group.mean;
}

/// Linear interpolation at p (n + 1) of sorted values, clipped to their range.
double sorted_quantile(const std::vector<double>& sorted, double p) {
  const double position = std::clamp(p * (static_cast<double>(sorted.size()) + 1) - 1, 0.0, static_cast<double>(sorted.size() - 1));
  const std::size_t low = static_cast<std::size_t>(position), high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (position - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

/// Student's t over normal quantile (expansion of Abramowitz & Stegun 26.7.5): few origins, wider intervals.
double small_sample_factor(double p, int origins) {
  const double z = std::abs(normal_quantile(p)), v = std::max(origins, 1);
  if (z < 1e-6) return 1;
  const double z2 = z * z;
  return 1 + (z2 + 1) / (4 * v) + ((5 * z2 + 16) * z2 + 3) / (96 * v * v);
}

}  // namespace

double ErrorModel::width_at(int step) const {
  if (width.empty()) return 0;
  const int longest = static_cast<int>(width.size());
  if (step < longest) return width[static_cast<std::size_t>(std::max(step, 0))];
  return width.back() * std::sqrt((step + 1.0) / longest);
}

double ErrorModel::quantile(double p, int step) const {
  if (signed_errors.empty()) return 0;
  // Half from the signed errors, half from their sizes: the sign of the bias of a few origins is not to be trusted alone.
  const double skewed = sorted_quantile(signed_errors, p);
  const double symmetric = (p < 0.5 ? -1.0 : 1.0) * sorted_quantile(absolute_errors, std::abs(2 * p - 1));
  return width_at(step) * 0.5 * (skewed + symmetric) * small_sample_factor(p, origins);
}

ErrorModel make_error_model(const std::vector<Trial>& trials, int left_out) {
  ErrorModel model;
  const int horizon = trials.empty() ? 0 : static_cast<int>(trials.front().forecast.size());
  std::vector<double> sum(horizon + 1, 0.0), count(horizon + 1, 0.0);
  const auto each = [&](auto&& use) {
    for (int o = 0; o < static_cast<int>(trials.size()); ++o) {
      if (o == left_out) continue;
      const Trial& trial = trials[o];
      for (int k = 0; k < horizon; ++k)
        if (std::isfinite(trial.actual[k])) use(k, (trial.actual[k] - trial.forecast[k]) / trial.scale[k]);
    }
  };
  model.origins = static_cast<int>(trials.size()) - (left_out >= 0 ? 1 : 0);
  if (model.origins < 1) return model;
  std::vector<double> by_step(horizon, 0.0), seen(horizon, 0.0);
  each([&](int k, double e) { by_step[k] += std::abs(e), seen[k] += 1; });
  for (int k = 0; k < horizon; ++k) sum[k + 1] = sum[k] + by_step[k], count[k + 1] = count[k] + seen[k];
  if (count[horizon] <= 0) return model;
  const int reach = std::max(1, horizon / 12);
  const double overall = sum[horizon] / count[horizon];
  model.width.resize(horizon);
  for (int k = 0; k < horizon; ++k) {
    const int low = std::max(0, k - reach), high = std::min(horizon, k + reach + 1);
    model.width[k] = count[high] > count[low] ? (sum[high] - sum[low]) / (count[high] - count[low]) : overall;
  }
  make_non_decreasing(model.width, std::vector<double>(horizon, 1.0));
  each([&](int k, double e) {
    const double unit = model.width[k] > 0 ? e / model.width[k] : 0.0;
    model.signed_errors.push_back(unit);
    model.absolute_errors.push_back(std::abs(unit));
  });
  std::sort(model.signed_errors.begin(), model.signed_errors.end());
  std::sort(model.absolute_errors.begin(), model.absolute_errors.end());
  return model;
}

BacktestPlan plan_backtest(int length, int season, int horizon) {
  BacktestPlan plan;
  const int least = std::max({3, (length + 2) / 3, std::min(season + 1, length / 2)});
  if (length - least < 1 || horizon < 1) return plan;
  const int spare = length - least;
  // A long horizon leaves room for at least a few origins: two thirds of what can be spared.
  plan.horizon = std::min(horizon, std::max(1, 2 * spare / 3));
  const int room = spare - plan.horizon, last = length - plan.horizon;
  int stride = std::max(1, season);
  plan.aligned = room / stride + 1 >= 6 || room == 0;
  if (plan.aligned) {
    stride *= std::max(1, (room / stride + most_origins - 1) / most_origins);
  } else {
    stride = std::max(1, room / (most_origins - 1));
  }
  for (int i = 0; i < most_origins && last - i * stride >= least; ++i) plan.origins.push_back(last - i * stride);
  std::reverse(plan.origins.begin(), plan.origins.end());
  return plan;
}

}  // namespace tonnage::forecast
