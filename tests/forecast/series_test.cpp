#include <cmath>
#include <limits>
#include <vector>

#include "test.hpp"
#include "tonnage/forecast/forecast.hpp"

using namespace tonnage::forecast;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();

/// A fixed sequence in [-1, 1) that looks irregular (golden-ratio steps).
double jitter(int i) { return 2 * std::fmod(0.61803398874989485 * (i + 1) * (i % 7 + 1), 1.0) - 1; }

std::vector<double> trending(int n, int season) {
  std::vector<double> y;
  for (int i = 0; i < n; ++i)
    y.push_back((100 + 1.5 * i) * (1 + 0.3 * std::sin(2 * 3.14159265358979 * i / season)) * (1 + 0.02 * jitter(i)));
  return y;
}

void check_sane(const SeriesForecast& f, const SeriesOptions& o) {
  REQUIRE(static_cast<int>(f.mean.size()) == o.horizon);
  REQUIRE(f.intervals.size() == o.levels.size());
  CHECK_FALSE(f.reason.empty());
  for (const Interval& interval : f.intervals)
    for (std::size_t k = 0; k < f.mean.size(); ++k) {
      CHECK(std::isfinite(f.mean[k]));
      CHECK(std::isfinite(interval.lower[k]));
      CHECK(std::isfinite(interval.upper[k]));
      CHECK(interval.lower[k] <= f.mean[k]);
      CHECK(interval.upper[k] >= f.mean[k]);
    }
  for (const double v : {f.backtest.error, f.backtest.naive_error, f.backtest.mase, f.backtest.naive_mase, f.backtest.coverage_80})
    CHECK(std::isfinite(v));
}

}  // namespace

TEST_CASE("a combination beats seasonal naive on a trending seasonal series", "[forecast]") {
  const std::vector<double> y = trending(120, 12);
  SeriesOptions options;
  options.season = 12, options.horizon = 12;
  const SeriesForecast f = forecast_series(y, options);
  check_sane(f, options);
  CHECK(f.method == "combination of 8");
  CHECK(f.backtest.error < 0.5 * f.backtest.naive_error);
  CHECK(f.backtest.mase < f.backtest.naive_mase);
  const std::vector<double> whole = trending(132, 12);
  for (int k = 0; k < 12; ++k) CHECK(f.mean[k] == Approx(whole[120 + k]).epsilon(0.1));
}

TEST_CASE("seasonal naive wins where the season is all there is", "[forecast]") {
  std::vector<double> y;
  for (int i = 0; i < 70; ++i) y.push_back(std::vector<double>{5, 0, 0, 9, 2, 0, 30}[i % 7]);
  SeriesOptions options;
  options.season = 7, options.horizon = 14;
  const SeriesForecast f = forecast_series(y, options);
  CHECK(f.method == "seasonal naive");
  for (int k = 0; k < 14; ++k) CHECK(f.mean[k] == y[k % 7]);
  CHECK(f.backtest.error == 0);
  CHECK(f.backtest.coverage_80 == 1);
}

TEST_CASE("any input gives finite numbers and a reason", "[forecast]") {
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> inputs{{}, {missing}, {missing, missing, missing}, {7}, {7, missing, missing}, {0, 0, 0, 0, 0, 0},
                                          {3, 4}, {1, missing, 3}, {infinity, 5, -infinity, 6}, std::vector<double>(40, 5.0),
                                          {-5, 3, -2, 8, -1, 4, -9, 2}, {1e308, 1e308, 1e308, 1e-308, 5, 1, 1e300, 4}};
  std::vector<double> sparse(200, 0.0);
  sparse[50] = 1000;
  inputs.push_back(sparse);
  for (const std::vector<double>& y : inputs)
    for (const int season : {-3, 0, 1, 2, 7, 1000})
      for (const int horizon : {0, 1, 5, 300}) {
        SeriesOptions options;
        options.season = season, options.horizon = horizon;
        check_sane(forecast_series(y, options), options);
      }
  CHECK(forecast_series({}, {}).method == "none");
  CHECK(forecast_series(std::vector<double>{missing, missing}, {}).reason == "every value of the history is missing");
}

TEST_CASE("constant histories stay constant, with no error", "[forecast]") {
  SeriesOptions options;
  options.season = 4, options.horizon = 6;
  const SeriesForecast f = forecast_series(std::vector<double>(40, 5.0), options);
  for (int k = 0; k < 6; ++k) {
    CHECK(f.mean[k] == Approx(5));
    CHECK(f.intervals[0].upper[k] == Approx(5));
    CHECK(f.intervals[0].lower[k] == Approx(5));
  }
}

TEST_CASE("intervals: never negative where the data are not, wider with level and horizon", "[forecast]") {
  std::vector<double> y;
  for (int i = 0; i < 90; ++i) y.push_back(std::max(0.0, 10 + 20 * jitter(i)));
  SeriesOptions options;
  options.horizon = 60;
  SeriesForecast f = forecast_series(y, options);
  check_sane(f, options);
  for (int k = 0; k < 60; ++k) {
    CHECK(f.intervals[0].lower[k] >= 0);
    CHECK(f.intervals[1].lower[k] <= f.intervals[0].lower[k]);
    CHECK(f.intervals[1].upper[k] >= f.intervals[0].upper[k]);
  }
  // Relative to the forecast the upper width never shrinks.
  for (int k = 1; k < 60; ++k) {
    const auto width = [&](int i) { return f.intervals[0].upper[i] - f.mean[i]; };
    CHECK(width(k) >= width(k - 1) * 0.98);
  }
  CHECK(f.intervals[0].upper[59] - f.mean[59] > 1.2 * (f.intervals[0].upper[0] - f.mean[0]));
  options.allow_negative = true;
  f = forecast_series(y, options);
  CHECK(f.intervals[1].lower[59] < 0);
}

TEST_CASE("missing values are bridged, and trailing ones forecast across", "[forecast]") {
  std::vector<double> y = trending(120, 12), gaps = y;
  for (const int i : {5, 6, 40, 41, 42, 90}) gaps[i] = missing;
  SeriesOptions options;
  options.season = 12, options.horizon = 6;
  const SeriesForecast whole = forecast_series(y, options), holed = forecast_series(gaps, options);
  for (int k = 0; k < 6; ++k) CHECK(holed.mean[k] == Approx(whole.mean[k]).epsilon(0.05));
  std::vector<double> cut = y;
  for (int i = 117; i < 120; ++i) cut[i] = missing;
  const SeriesForecast across = forecast_series(cut, options);
  REQUIRE(across.mean.size() == 6);
  for (int k = 0; k < 6; ++k) CHECK(across.mean[k] == Approx(whole.mean[k]).epsilon(0.05));
}

TEST_CASE("the same history gives the same bits", "[forecast]") {
  const std::vector<double> y = trending(200, 24);
  SeriesOptions options;
  options.season = 24, options.horizon = 48;
  const SeriesForecast a = forecast_series(y, options), b = forecast_series(y, options);
  CHECK(a.mean == b.mean);
  CHECK(a.intervals[1].upper == b.intervals[1].upper);
}

TEST_CASE("intervals of 80 % cover about that much out of sample", "[forecast]") {
  std::vector<double> y{100};
  for (int i = 1; i < 300; ++i) y.push_back(std::max(1.0, y.back() * (1 + 0.05 * jitter(i))));
  SeriesOptions options;
  options.horizon = 8;
  const SeriesForecast f = forecast_series(y, options);
  CHECK(f.backtest.origins == 4);
  CHECK(f.backtest.coverage_80 > 0.5);
  CHECK(f.backtest.coverage_80 <= 1.0);
}

TEST_CASE("a long hourly history is forecast to the end of two weeks", "[forecast]") {
  const std::vector<double> y = trending(10000, 168);
  SeriesOptions options;
  options.season = 168, options.horizon = 336;
  const SeriesForecast f = forecast_series(y, options);
  REQUIRE(f.mean.size() == 336);
  for (const double mean : f.mean) CHECK(std::isfinite(mean));
}
