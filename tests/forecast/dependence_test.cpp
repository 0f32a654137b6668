// How steps of a path hang together: estimated from trials, and sums over paths with the quantiles that they should have.
#include <algorithm>
#include <cmath>
#include <vector>

#include "forecast/intervals.hpp"
#include "forecast/student.hpp"
#include "test.hpp"
#include "tonnage/core/random.hpp"
#include "tonnage/forecast/sample_paths.hpp"

using namespace tonnage::forecast;

namespace {

constexpr double lasting = 0.4, persistence = 0.5;
constexpr int steps = 24;

/// Busy steps have errors four times as large.
double size_at(int k) { return k >= 8 && k < 16 ? 4 : 1; }

/// Errors of one trial: a part that lasts, an autoregression, and a size of their own.
std::vector<double> drawn_errors(const tonnage::RandomStream& stream, int trial) {
  std::uint64_t at = 64 * static_cast<std::uint64_t>(trial);
  double chi = 0, x = 0;
  for (int i = 0; i < 6; ++i) chi += std::pow(stream.normal(at++), 2);
  const double factor = std::sqrt(4 / chi), common = stream.normal(at++);  // variance 1: Student's t of six degrees has 1.5
  std::vector<double> out;
  for (int k = 0; k < steps; ++k) {
    const double e = stream.normal(at++);
    x = k == 0 ? e : persistence * x + std::sqrt(1 - persistence * persistence) * e;
    out.push_back(size_at(k) * factor * (std::sqrt(lasting) * common + std::sqrt(1 - lasting) * x));
  }
  return out;
}

double sum_of(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x;
  return sum;
}

}  // namespace

TEST_CASE("Student's t of six degrees: published quantiles", "[forecast]") {
  for (const auto& [x, p] : {std::pair{0.0, 0.5}, {1.4398, 0.9}, {2.4469, 0.975}, {3.7074, 0.995}, {-1.9432, 0.05}}) CHECK(student6_probability(x) == Approx(p).margin(1e-5));
  // Chi-squared of six degrees: 0.6757, 1.6354, 5.3481, 12.5916, 22.4577.
  for (const auto& [p, w] : {std::pair{0.005, 0.6757}, {0.05, 1.6354}, {0.5, 5.3481}, {0.95, 12.5916}, {0.999, 22.4577}}) CHECK(6 / std::pow(student6_factor(p), 2) == Approx(w).epsilon(1e-4));
  CHECK(std::isfinite(student6_factor(1e-9)));
  CHECK(student6_factor(1 - 1e-9) > 0);
}

namespace {

/// Pool of alike series of `values` values with four trials of six steps, whose errors lean by `lean[age]`, newest first.
ErrorPool leaning_pool(int values, const std::vector<double>& lean, Kind kind = Kind::nonseasonal, std::size_t count = 200) {
  const tonnage::RandomStream stream(4, "lean");
  std::vector<PastErrors> series(count);
  std::vector<const PastErrors*> all;
  std::uint64_t at = 0;
  for (PastErrors& past : series) {
    for (int age = 3; age >= 0; --age) {
      TrialErrors t{{}, std::vector<double>(6, 1.0), values - 6 * (age + 1), 1};
      for (int k = 0; k < 6; ++k) t.error.push_back(stream.normal(at++) + lean[static_cast<std::size_t>(age)]);
      past.trials.push_back(t);
    }
    all.push_back(&past);
  }
  return pool_errors(all, kind, 6);
}

}  // namespace

TEST_CASE("errors of short series that lean one way at all times move the forecast by half of it", "[forecast]") {
  const ErrorPool leaning = leaning_pool(36, {0.8, 0.8, 0.8, 0.8});
  const double middle = 0.8 / leaning.growth_at(0);  // in sizes; the own factors are near 1
  CHECK(leaning.lean == Approx(0.5 * middle * 200 / 210).epsilon(0.1));
  CHECK(leaning.quantile_at(0.5) == Approx(0.5 * (middle - leaning.lean)).margin(0.1));  // half of what is left: signs are half trusted
  CHECK(std::abs(leaning_pool(36, {0.8, -0.8, 0.8, -0.8}).lean) < 0.1 * middle);        // other times, other signs
  CHECK(std::abs(leaning_pool(36, {0, 0, 0, 0}).lean) < 0.05);
  CHECK(leaning_pool(90, {0.8, 0.8, 0.8, 0.8}).lean == 0);                              // long enough to tell its own trend
  CHECK(leaning_pool(36, {0.8, 0.8, 0.8, 0.8}, Kind::seasonal).lean == 0);
  CHECK(leaning_pool(36, {0.8, 0.8, 0.8, 0.8}, Kind::nonseasonal, 20).lean == 0);       // few series
}

TEST_CASE("growth of errors: a lone series of noise has intervals that do not grow, one that wanders intervals that do", "[forecast]") {
  const auto growth = [](double power) {
    const tonnage::RandomStream stream(5, "growth");
    constexpr int long_horizon = 200;
    PastErrors past;
    for (int o = 0; o < 4; ++o) {
      TrialErrors t{{}, std::vector<double>(long_horizon, 1.0), 200 + long_horizon * o, 1};
      for (int k = 0; k < long_horizon; ++k) t.error.push_back(std::pow(k + 1.0, power) * stream.normal(static_cast<std::uint64_t>(long_horizon * o + k)));
      past.trials.push_back(t);
    }
    const ErrorPool pool = pool_errors({&past}, Kind::seasonal, long_horizon);
    return pool.growth_at(long_horizon - 1) / pool.growth_at(1);
  };
  CHECK(growth(0) < 1.8);  // by the prior alone 3.2
  CHECK(growth(0.5) > 5);
  CHECK(growth(0.5) < 14);
}

TEST_CASE("dependence along the horizon: the sums' variance is that of the trials, large errors counting as they do in a sum", "[forecast]") {
  const tonnage::RandomStream stream(3, "trials");
  std::vector<PastErrors> series(60);
  std::vector<const PastErrors*> all;
  for (int i = 0; i < 60; ++i) {
    for (int o = 0; o < 6; ++o) {
      TrialErrors t{drawn_errors(stream, 6 * i + o), {}, 100 + steps * o, 1};
      for (int k = 0; k < steps; ++k) t.scale.push_back(size_at(k));
      series[static_cast<std::size_t>(i)].trials.push_back(t);
    }
    all.push_back(&series[static_cast<std::size_t>(i)]);
  }
  const ErrorPool pool = pool_errors(all, Kind::long_season, steps);
  CHECK(pool.lasting == Approx(lasting).margin(0.1));
  CHECK(pool.lasting + (1 - pool.lasting) * pool.persistence == Approx(lasting + (1 - lasting) * persistence).margin(0.05));

  // Sums of new errors lie between quantiles of summed paths as often as these say.
  SeriesForecast f;
  f.mean.assign(steps, 0.0);
  for (int k = 0; k < steps; ++k) f.errors.size.push_back(size_at(k) * pool.growth_at(k));
  f.errors.quantile = pool.quantile, f.errors.persistence = pool.persistence, f.errors.lasting = pool.lasting, f.errors.sized_together = true;
  constexpr int count = 4000, fresh = 2000;
  const SamplePaths paths = sample_paths({{"one", {}, {}}}, {f}, count, 1, 1).front();
  std::vector<double> sums;
  for (int j = 0; j < count; ++j) {
    double sum = 0;
    for (int k = 0; k < steps; ++k) sum += paths.at(j, k);
    sums.push_back(sum);
  }
  std::sort(sums.begin(), sums.end());
  for (const auto& [level, margin] : {std::pair{0.8, 0.05}, {0.95, 0.025}, {0.99, 0.01}}) {
    double inside = 0;
    for (int i = 0; i < fresh; ++i) {
      const double sum = sum_of(drawn_errors(stream, 1000 + i));
      inside += sum > sums[static_cast<std::size_t>(0.5 * (1 - level) * count)] && sum < sums[static_cast<std::size_t>(0.5 * (1 + level) * count)];
    }
    CHECK(inside / fresh == Approx(level).margin(margin));
  }
}

TEST_CASE("paths of which errors are large together: the outer quantiles of a sum lie farther out, those of each step where they were", "[forecast]") {
  SeriesForecast f;
  f.mean.assign(steps, 100.0), f.errors.size.assign(steps, 1.0);
  for (int i = 0; i < 400; ++i) f.errors.quantile.push_back(4 * std::sinh(3 * ((i + 0.5) / 400 - 0.5)));
  f.errors.persistence = 0.2;
  constexpr int count = 20000;
  const auto widest = [&](bool together, double& one) {
    f.errors.sized_together = together;
    const SamplePaths paths = sample_paths({{"one", {}, {}}}, {f}, count, 1, 1).front();
    std::vector<double> sums, single;
    for (int j = 0; j < count; ++j) {
      double sum = 0;
      for (int k = 0; k < steps; ++k) sum += paths.at(j, k) - 100;
      sums.push_back(sum), single.push_back(paths.at(j, 7) - 100);
    }
    std::sort(sums.begin(), sums.end()), std::sort(single.begin(), single.end());
    one = single[static_cast<std::size_t>(0.99 * count)];
    return sums[static_cast<std::size_t>(0.995 * count)];
  };
  double step_apart = 0, step_together = 0;
  const double apart = widest(false, step_apart), together = widest(true, step_together);
  CHECK(together > 1.05 * apart);
  CHECK(step_together == Approx(step_apart).epsilon(0.05));
}

TEST_CASE("intervals follow errors that grow or shrink: recent steps and trials count most", "[forecast]") {
  const tonnage::RandomStream stream(5, "drift");
  const auto width = [&](double early, double late) {
    SeriesOptions options;
    options.horizon = 6;
    std::vector<double> y;
    for (int i = 0; i < 160; ++i) y.push_back(100 + (i < 120 ? early : late) * stream.normal(static_cast<std::uint64_t>(i)));
    const SeriesForecast f = forecast_series(y, options);
    double sum = 0;
    for (int k = 0; k < 6; ++k) sum += f.intervals[1].upper[static_cast<std::size_t>(k)] - f.intervals[1].lower[static_cast<std::size_t>(k)];
    return sum / 6;
  };
  const double calm = width(1, 1), wild = width(4, 4);
  CHECK(wild == Approx(4 * calm).epsilon(0.2));
  CHECK(width(1, 4) > 0.7 * wild);
  CHECK(width(4, 1) < 1.6 * calm);
}
