// Methods against published answers, and the properties that every forecast keeps.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "forecast/arma_likelihood.hpp"
#include "forecast/ets.hpp"
#include "forecast/harmonic.hpp"
#include "forecast/members.hpp"
#include "forecast/sparse.hpp"
#include "forecast/stl.hpp"
#include "test.hpp"
#include "tonnage/core/random.hpp"
#include "tonnage/forecast/forecast.hpp"

using namespace tonnage::forecast;

namespace {

/// Monthly airline passengers, thousands, 1949 to 1960 (Box & Jenkins 1976, series G).
const std::vector<double> passengers{
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140, 145, 150, 178, 163, 172, 178,
    199, 199, 184, 162, 146, 166, 171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229, 242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374,
    413, 405, 355, 306, 271, 306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
    360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432};

std::vector<double> forecast_of(const std::string& method, int horizon) {
  SeriesOptions options;
  options.season = 12, options.horizon = horizon, options.methods = {method};
  return forecast_series(passengers, options).mean;
}

double mean_deviation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] / b[i] - 1) / static_cast<double>(a.size());
  return sum;
}

SeriesInput noisy(const std::string& name, int n, int season, double scale, double shift) {
  const tonnage::RandomStream random(7, name);
  SeriesInput in;
  in.name = name;
  for (int i = 0; i < n; ++i) in.values.push_back(shift + scale * (100 + 0.4 * i + 20 * std::sin(2 * 3.14159265358979 * i / season) + 5 * random.normal(static_cast<std::uint64_t>(i))));
  in.options.season = season, in.options.horizon = season;
  return in;
}

}  // namespace

TEST_CASE("dynamic optimised theta on airline passengers: as statsforecast 2.x", "[forecast]") {
  const std::vector<double> peer{442.9, 432.3, 495.5, 482.6, 487.9, 556.1, 616.2, 616.1, 538.4, 470.4, 411.0, 463.5};
  CHECK(mean_deviation(forecast_of("theta", 12), peer) < 0.001);
}

TEST_CASE("ETS and ARIMA on airline passengers: close to R and statsforecast", "[forecast]") {
  // statsforecast AutoETS takes ETS(M,Ad,M); ours averages the four forms of least AICc.
  const std::vector<double> ets{442.4, 428.3, 493.0, 477.4, 477.6, 535.9, 600.8, 594.8, 513.7, 448.2, 390.3, 435.7};
  CHECK(mean_deviation(forecast_of("ets", 12), ets) < 0.035);
  // R's auto.arima takes ARIMA(2,1,1)(0,1,0)12 (Hyndman & Athanasopoulos): 445.6, 420.4, 449.2, 491.8, 503.4, ...
  const std::vector<double> arima{445.6, 420.4, 449.2, 491.8, 503.4};
  CHECK(mean_deviation(forecast_of("arima", 5), arima) < 0.012);
}

TEST_CASE("exact ARMA likelihood: AR(1) by hand, missing values passed over", "[forecast]") {
  const std::vector<double> w{1.0, 0.5, -0.25};
  const ArmaLikelihood got = arma_likelihood(w, {0.5}, {});
  // Stationary variance 1/(1 - 0.25); innovations 1, 0.5 - 0.5, -0.25 - 0.25.
  CHECK(got.squares == Approx(1.0 * 0.75 + 0.0 + 0.25));
  CHECK(got.log_scale == Approx(std::log(1 / 0.75)));
  CHECK(got.next == Approx(-0.125));
  const ArmaLikelihood holed = arma_likelihood(std::vector<double>{1.0, std::nan(""), -0.25}, {0.5}, {});
  // Two steps on: mean 0.25, variance 1 + 0.25.
  CHECK(holed.used == 2);
  CHECK(holed.squares == Approx(0.75 + 0.25 / 1.25));
  CHECK(arma_ahead(got, {0.5}, 2)[1] == Approx(-0.0625));
}

TEST_CASE("ETS: simple smoothing of a constant and a line is exact", "[forecast]") {
  std::vector<double> line;
  for (int i = 0; i < 30; ++i) line.push_back(5 + 2.0 * i);
  const auto models = choose_ets(line, 1, EtsScope::additive, 1);
  REQUIRE(models.size() == 1);
  CHECK(models.front().form.trend);
  const std::vector<double> ahead = forecast_ets(line, 1, models, 3);
  CHECK(ahead[2] == Approx(5 + 2.0 * 32).epsilon(0.02));
}

TEST_CASE("decomposition adds up, and finds the season put in", "[forecast]") {
  std::vector<double> y;
  for (int i = 0; i < 20 * 24 * 7; ++i) y.push_back(100 + 0.01 * i + 10 * std::sin(2 * 3.14159265358979 * i / 24) + 5 * std::cos(2 * 3.14159265358979 * i / 168));
  const Decomposition d = decompose(y, {24, 168}, false);
  for (std::size_t i = 0; i < y.size(); i += 97) CHECK(d.season[0][i] + d.season[1][i] + d.trend[i] + d.remainder[i] == Approx(y[i]));
  double largest = 0;
  for (std::size_t i = 400; i + 400 < y.size(); ++i) largest = std::max(largest, std::abs(d.remainder[i]));
  CHECK(largest < 0.5);
}

TEST_CASE("every method by name gives finite numbers or none, whatever the series", "[forecast]") {
  const std::vector<std::vector<double>> inputs{{3}, {3, 4}, {1, 0, 2, 0, 0, 1, 5}, std::vector<double>(60, 4.0), passengers, {-5, 3, -2, 8, -1, 4, -9, 2, 1, 1, 7, 0}};
  for (const std::string& name : method_names())
    for (const std::vector<double>& y : inputs)
      for (const int season : {1, 4, 12}) {
        Memory memory;
        for (const double v : run_member(name, y, {season}, 7, memory)) CHECK(std::isfinite(v));
      }
}

TEST_CASE("the unit does not matter: a series times 1000 has its forecast times 1000", "[forecast]") {
  SeriesInput a = noisy("a", 96, 12, 1, 0), b = a;
  for (double& v : b.values) v *= 1024;  // exact in binary
  const SeriesForecast f = forecast_together({a}, 1).front(), g = forecast_together({b}, 1).front();
  for (int k = 0; k < 12; ++k) {
    CHECK(g.mean[k] == Approx(1024 * f.mean[k]).epsilon(1e-3));
    CHECK(g.intervals[1].upper[k] - g.mean[k] == Approx(1024 * (f.intervals[1].upper[k] - f.mean[k])).epsilon(0.02));
  }
}

TEST_CASE("order and threads do not change a bit; quantiles are in order", "[forecast]") {
  std::vector<SeriesInput> inputs;
  for (int i = 0; i < 7; ++i) inputs.push_back(noisy("s" + std::to_string(i), 60 + 9 * i, 12, 1 + i, 3 * i));
  std::vector<SeriesInput> turned(inputs.rbegin(), inputs.rend());
  const auto a = forecast_together(inputs, 1), b = forecast_together(turned, 3);
  const auto p = sample_paths(inputs, a, 50, 1, 1), q = sample_paths(turned, b, 50, 1, 2);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::size_t j = inputs.size() - 1 - i;
    CHECK(a[i].mean == b[j].mean);
    CHECK(a[i].intervals[1].lower == b[j].intervals[1].lower);
    CHECK(a[i].reason == b[j].reason);
    CHECK(p[i].values == q[j].values);
    for (std::size_t k = 0; k < a[i].mean.size(); ++k) {
      CHECK(a[i].intervals[1].lower[k] <= a[i].intervals[0].lower[k]);
      CHECK(a[i].intervals[0].lower[k] <= a[i].mean[k]);
      CHECK(a[i].intervals[0].upper[k] <= a[i].intervals[1].upper[k]);
    }
  }
}

TEST_CASE("sample paths have the quantiles of the intervals, and the joint errors are correlated", "[forecast]") {
  // Two series with the same shocks, so that their errors go together.
  SeriesInput a = noisy("a", 120, 12, 1, 0), b = noisy("a", 120, 12, 2, 50);
  b.name = "b";
  const auto f = forecast_together({a, b}, 1);
  const int count = 4000;
  const auto paths = sample_paths({a, b}, f, count, 3, 2);
  for (const int k : {0, 5, 11}) {
    double below = 0, above = 0, product = 0, first = 0, second = 0;
    for (int j = 0; j < count; ++j) {
      below += paths[0].at(j, k) < f[0].intervals[0].lower[k], above += paths[0].at(j, k) > f[0].intervals[0].upper[k];
      const double u = paths[0].at(j, k) - f[0].mean[k], v = paths[1].at(j, k) - f[1].mean[k];
      product += u * v, first += u * u, second += v * v;
    }
    CHECK(below / count == Approx(0.1).margin(0.02));
    CHECK(above / count == Approx(0.1).margin(0.02));
    CHECK(product / std::sqrt(first * second) > 0.5);
  }
  CHECK(error_correlation({a, b}, f)[0] == 1);
}

TEST_CASE("regressors: a step that was put in is found and put back", "[forecast]") {
  SeriesInput in = noisy("launch", 96, 12, 1, 0);
  const Regressor step = step_shape(120, 60);
  for (int t = 60; t < 96; ++t) in.values[t] *= 1.5;
  const Effects effects = estimate_effects(in.values, {step}, 12);
  CHECK(effects.logs);
  CHECK(std::exp(effects.coefficient[0]) == Approx(1.5).epsilon(0.05));
  CHECK(effects.put_back(100, {step}, 119) == Approx(100 * std::exp(effects.coefficient[0])));
  CHECK(effects.history[70] == Approx(in.values[70] / std::exp(effects.coefficient[0])));
  CHECK(ramp_shape(6, 2, 4) == Regressor{0, 0, 0.25, 0.5, 0.75, 1});
  CHECK(pulse_shape(5, 1, 1) == Regressor{0, 1, 0.5, 0.25, 0.125});
}

TEST_CASE("dynamic regression: autoregressive errors are found, the standard error holds the truth", "[forecast]") {
  // A pulse in a series whose differences follow an autoregression; many draws say how far estimates are off.
  int inside = 0;
  double spread = 0, stated = 0, phi = 0;
  constexpr int draws = 200, n = 120;
  for (int j = 0; j < draws; ++j) {
    const tonnage::RandomStream stream(7, "dynamic " + std::to_string(j));
    const Regressor x = pulse_shape(n, 80, 3);
    std::vector<double> z(1, 0.0);
    double u = 0;
    for (int t = 1; t < n; ++t) u = 0.6 * u + stream.normal(static_cast<std::uint64_t>(t)), z.push_back(z.back() + u);
    for (int t = 0; t < n; ++t) z[t] += 5 * x[t];
    const DynamicRegression fit = dynamic_regression(z, {x}, 1);
    const double error = std::sqrt(fit.covariance[0]);
    inside += std::abs(fit.coefficient[0] - 5) < 1.96 * error;
    spread += (fit.coefficient[0] - 5) * (fit.coefficient[0] - 5) / draws, stated += error * error / draws;
    phi += fit.autoregression.empty() ? 0 : fit.autoregression[0] / draws;
  }
  CHECK(inside >= 0.90 * draws);
  CHECK(std::sqrt(stated / spread) == Approx(1).epsilon(0.15));
  CHECK(phi == Approx(0.6).margin(0.1));
}

TEST_CASE("dynamic regression over a season: errors that do not wander have standard errors that hold", "[forecast]") {
  double spread = 0, stated = 0;
  constexpr int draws = 200, n = 96;
  Regressor x;
  for (int t = 0; t < n; ++t) x.push_back(t % 7 == 3);
  for (int j = 0; j < draws; ++j) {
    const tonnage::RandomStream stream(8, "seasonal " + std::to_string(j));
    std::vector<double> z;
    for (int t = 0; t < n; ++t) z.push_back(5 * x[static_cast<std::size_t>(t)] + (t % 12) + stream.normal(static_cast<std::uint64_t>(t)));
    const DynamicRegression fit = dynamic_regression(z, {x}, 12);
    spread += (fit.coefficient[0] - 5) * (fit.coefficient[0] - 5) / draws, stated += fit.covariance[0] / draws;
  }
  CHECK(std::sqrt(stated / spread) == Approx(1).epsilon(0.15));
}

TEST_CASE("sparse counts: negative binomial by hand", "[forecast]") {
  // Mean 2 and variance 4: two successes of probability 1/2; P(0) = 0.25, P(<= 1) = 0.5, P(<= 2) = 0.6875, P(<= 3) = 0.8125.
  const std::vector<double> q = count_quantiles(2, 4, 1000);
  CHECK(q[249] + 2 == 0);
  CHECK(q[250] + 2 == 1);
  CHECK(q[500] + 2 == 2);
  CHECK(q[688] + 2 == 3);
  CHECK(q[812] + 2 == 3);
  CHECK(q[813] + 2 == 4);
}

namespace {

/// 120 steps of demand that comes with a probability, of a size.
template <class Size>
SeriesInput sparse_series(int number, double probability, Size&& size) {
  const tonnage::RandomStream random(3, "sparse " + std::to_string(number));
  SeriesInput in{std::to_string(number), {}, {}};
  for (std::uint64_t i = 0; i < 120; ++i) in.values.push_back(random.uniform(2 * i) < probability ? size(random.uniform(2 * i + 1)) : 0);
  in.options.season = 7, in.options.horizon = 10;
  return in;
}

/// Mean over 40 series of the share of such demand at or below the upper end of the interval of level `i`.
template <class Size>
double held(double probability, Size&& size, std::size_t i) {
  double sum = 0;
  int sparse = 0;
  const tonnage::RandomStream fresh(4, "fresh");
  std::vector<SeriesInput> all;
  for (int j = 0; j < 40; ++j) all.push_back(sparse_series(j, probability, size));
  for (const SeriesForecast& f : forecast_together(all, 1)) {
    sparse += f.methods.front().name == "tsb";
    for (std::uint64_t k = 0; k < 400; ++k) sum += (fresh.uniform(2 * k) < probability ? size(fresh.uniform(2 * k + 1)) : 0) <= f.intervals[i].upper[0];
  }
  CHECK(sparse >= 34);  // some look as if they had a week
  return sum / 400 / 40;
}

}  // namespace

TEST_CASE("sparse demand: intervals hold what they say for counts, for lumps and for fractions", "[forecast]") {
  const auto die = [](double u) { return std::floor(1 + 6 * u); };
  const auto lumps = [](double u) { return u < 0.5 ? 20.0 : 60.0; };
  const auto exponential = [](double u) { return -5 * std::log(1 - u); };
  CHECK(held(0.4, die, 0) == Approx(0.9).margin(0.04));
  CHECK(held(0.08, lumps, 1) == Approx(0.975).margin(0.02));
  CHECK(held(0.3, exponential, 0) == Approx(0.9).margin(0.03));
  CHECK(held(0.3, exponential, 1) == Approx(0.975).margin(0.015));
}

TEST_CASE("sparse demand of one size: steps have it or nothing, and their mean is the forecast", "[forecast]") {
  const SeriesInput in = sparse_series(1, 0.3, [](double) { return 40.0; });
  const std::vector<double> q = sparse_quantiles(in.values, forecast_tsb(in.values, 1).front(), 400);
  double often = 0, all = 0;
  for (const double v : q) often += v + forecast_tsb(in.values, 1).front() == 40, all += v / 400;
  CHECK(often / 400 > 0.2);
  CHECK(all == Approx(0).margin(2));
}

TEST_CASE("sparse demand is not forecast as never, and keeps a week that it has", "[forecast]") {
  const tonnage::RandomStream random(9, "chance");
  int sparse = 0;
  for (int j = 0; j < 100; ++j) sparse += is_sparse(sparse_series(j, 0.3, [](double u) { return std::floor(1 + 6 * u); }).values, 7);
  CHECK(sparse >= 95);  // by chance some look as if they had a week
  std::vector<double> workdays;
  for (std::uint64_t i = 0; i < 200; ++i) workdays.push_back(i % 7 < 5 && random.uniform(i) < 0.5 ? 1 : 0);
  CHECK_FALSE(is_sparse(workdays, 7));
  const auto f = forecast_together({{"workdays", workdays, {7, 7, {0.8}, false, {}}}}, 1).front();
  CHECK(mean_of(f.mean) > 0.2);  // zero would have the least absolute errors
}

TEST_CASE("harmonics: a smooth season is found beside trend and noise, and goes on", "[forecast]") {
  const auto season = [](int t) { return 10 * std::sin(2 * 3.14159265358979 * t / 52) + 4 * std::cos(4 * 3.14159265358979 * t / 52); };
  const tonnage::RandomStream random(3, "harmonics");
  std::vector<double> y;
  for (int t = 0; t < 182; ++t) y.push_back(200 + 0.5 * t + season(t) + random.normal(static_cast<std::uint64_t>(t)));
  const std::vector<double> found = harmonic_seasons(y, {52}, 52);
  REQUIRE(found.size() == y.size() + 52);
  double worst = 0, sum = 0;
  for (int t = 0; t < 234; ++t) worst = std::max(worst, std::abs(found[static_cast<std::size_t>(t)] - season(t)));
  for (std::size_t t = 182; t < 234; ++t) sum += found[t];
  CHECK(worst < 1);  // two pairs of coefficients from 130 values with noise of 1: standard error 0.12 each
  CHECK(std::abs(sum) < 1e-9);
  const std::vector<double> none = harmonic_seasons(y, {104}, 5);
  CHECK(std::all_of(none.begin(), none.end(), [](double v) { return v == 0; }));
}

TEST_CASE("harmonic regression with ARIMA errors: as near to the airline's next year as MSTL, whatever the unit", "[forecast]") {
  const std::vector<double> known(passengers.begin(), passengers.end() - 12), next(passengers.end() - 12, passengers.end());
  SeriesOptions options;
  options.season = 12, options.horizon = 12, options.methods = {"harmonic-arima"};
  const std::vector<double> mean = forecast_series(known, options).mean;
  CHECK(mean_deviation(mean, next) < 0.06);
  std::vector<double> thousandfold = known;
  for (double& v : thousandfold) v *= 1000;
  std::vector<double> again = forecast_series(thousandfold, options).mean;
  for (double& v : again) v /= 1000;
  CHECK(mean_deviation(again, mean) < 1e-3);
}
