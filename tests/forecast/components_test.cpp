#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "test.hpp"
#include "tonnage/forecast/forecast.hpp"

using namespace tonnage;
using namespace tonnage::forecast;

namespace {

std::vector<double> repeat(const std::vector<double>& pattern, int times) {
  std::vector<double> out;
  for (int i = 0; i < times; ++i) out.insert(out.end(), pattern.begin(), pattern.end());
  return out;
}

}  // namespace

TEST_CASE("multiplicative indices by hand", "[forecast]") {
  // Centred averages of two are (5 + 2 x 15 + 5) / 4 = 10 or (15 + 2 x 5 + 15) / 4 = 10, so the indices are exact.
  const SeasonalIndices s = seasonal_indices(repeat({5, 15}, 12), 2);
  REQUIRE(s.index.size() == 2);
  CHECK(s.multiplicative);
  CHECK(s.index[0] == Approx(0.5));
  CHECK(s.index[1] == Approx(1.5));
  CHECK(s.remove(15, 3) == Approx(10));
  CHECK(s.apply(10, 4) == Approx(5));
  // Season 4 on 8, 12, 16, 4 (mean 10): indices 0.8, 1.2, 1.6, 0.4.
  const std::vector<double> pattern{8, 12, 16, 4};
  const SeasonalIndices q = seasonal_indices(repeat(pattern, 6), 4);
  REQUIRE(q.index.size() == 4);
  for (std::size_t j = 0; j < 4; ++j) CHECK(q.index[j] == Approx(pattern[j] / 10));
}

TEST_CASE("additive indices where the data are not positive", "[forecast]") {
  const SeasonalIndices s = seasonal_indices(repeat({-5, 5}, 12), 2);
  REQUIRE(s.index.size() == 2);
  CHECK_FALSE(s.multiplicative);
  CHECK(s.index[0] == Approx(-5));
  CHECK(s.apply(1, 1) == Approx(6));
}

TEST_CASE("the seasonality test by hand", "[forecast]") {
  // Alternating, n values: r1 = -(n - 1) / n, r2 = (n - 2) / n, limit 1.645 sqrt((1 + 2 r1^2) / n).
  // n = 8: r2 = 0.750 < 0.925. n = 24: r2 = 0.917 > 0.566.
  CHECK_FALSE(is_seasonal(repeat({1, 2}, 4), 2));
  CHECK(is_seasonal(repeat({1, 2}, 12), 2));
  CHECK_FALSE(is_seasonal(repeat({1, 2, 3, 4}, 2), 4));  // shorter than three seasons
  CHECK_FALSE(is_seasonal(std::vector<double>(50, 0.1), 5));
}

TEST_CASE("damped trend: hand-worked recursion and forecast", "[forecast]") {
  DampedTrend p;
  p.phi = 0.5, p.level = 100, p.trend = 8;
  const std::vector<double> ahead = p.forecast(3);
  CHECK(ahead[0] == Approx(104));
  CHECK(ahead[1] == Approx(106));
  CHECK(ahead[2] == Approx(107));
  std::vector<double> line;
  for (int i = 0; i < 40; ++i) line.push_back(10 + 2.0 * i);
  const DampedTrend fit = fit_damped_trend(line);
  CHECK(fit.forecast(1)[0] == Approx(90).epsilon(0.01));
  CHECK(fit.phi >= 0.8);
  CHECK(fit.phi <= 0.98);
}

TEST_CASE("gaps are filled with the shape of the season", "[forecast]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> y{10, 20, 10, 20, nan, nan, 10, 20};
  const std::vector<double> filled = fill_gaps(y, 2);
  CHECK(filled[4] == Approx(10));
  CHECK(filled[5] == Approx(20));
  CHECK(fill_gaps(std::vector<double>{nan, 3, nan, 5, nan}, 1) == std::vector<double>{3, 3, 4, 5, 5});
}

TEST_CASE("Bass diffusion: closed form, anchor and ceiling", "[forecast]") {
  const double p = 0.02, q = 0.4;
  // From F = 0: F(t) = (1 - e^{-(p+q)t}) / (1 + q/p e^{-(p+q)t}).
  for (const double t : {0.5, 3.0, 10.0, 60.0}) {
    const double e = std::exp(-(p + q) * t);
    CHECK(bass_share(0, p, q, t) == Approx((1 - e) / (1 + q / p * e)).epsilon(1e-12));
  }
  CHECK(bass_share(0.3, p, q, 0) == Approx(0.3));
  CHECK(bass_share(bass_share(0.1, p, q, 2), p, q, 3) == Approx(bass_share(0.1, p, q, 5)));
  CHECK(bass_share(0.1, 0, q, 1) == Approx(1 / (1 + 9 * std::exp(-q))));  // logistic
  CHECK(bass_share(0.5, p, q, 1e6) == Approx(1));
  CHECK(bass_share(1.5, p, q, 1) == 1);
  CHECK(bass_share(0.5, 0, 0, 1) == 0.5);
}

TEST_CASE("normal quantiles", "[forecast]") {
  CHECK(normal_quantile(0.975) == Approx(1.959963985).epsilon(1e-8));
  CHECK(normal_quantile(0.1) == Approx(-1.281551566).epsilon(1e-8));
  CHECK(normal_quantile(0.001) == Approx(-3.090232306).epsilon(1e-8));
}

TEST_CASE("blocks: peak first, optimal split of the rest", "[forecast]") {
  WeekProfile total{};
  for (int h = 0; h < hours_of_week; ++h) total[h] = h % 24 < 2 ? 2.0 : h % 24 < 12 ? 1.2 : 0.5;
  const BlockShape shape = make_blocks(total);
  REQUIRE(shape.names == std::vector<std::string>{"peak", "day", "night"});
  CHECK(shape.weight[0] == Approx(14.0 / 168));
  CHECK(shape.weight[1] == Approx(70.0 / 168));
  CHECK(shape.mean(total, 0) == Approx(2.0));
  CHECK(shape.mean(total, 1) == Approx(1.2));
  CHECK(shape.mean(total, 2) == Approx(0.5));
  total.fill(1);
  CHECK(make_blocks(total).names == std::vector<std::string>{"all"});
  total[5] = 3;  // one lone hour: the peak block still holds four
  CHECK(make_blocks(total).weight[0] == Approx(4.0 / 168));
}

TEST_CASE("given blocks take the busiest hours first and share hours where they meet", "[forecast]") {
  WeekProfile total{};
  for (int h = 0; h < hours_of_week; ++h) total[h] = hours_of_week - h;
  const BlockShape shape = assign_blocks(total, {{"night", 243}, {"day", 365}, {"peak", 122}}, {2, 1, 0});
  CHECK(shape.mean(total, 2) > shape.mean(total, 1));
  CHECK(shape.mean(total, 1) > shape.mean(total, 0));
  for (std::size_t h = 0; h < hours_of_week; ++h)
    CHECK(shape.share[0][h] + shape.share[1][h] + shape.share[2][h] == Approx(1));
  for (int b = 0; b < 3; ++b)
    CHECK(std::accumulate(shape.share[b].begin(), shape.share[b].end(), 0.0) == Approx(168 * shape.weight[b]));
}

TEST_CASE("week profiles: Monday begins the week, coarse and short histories say less", "[forecast]") {
  HistorySeries series;
  series.start_s = 4 * 86400;  // Monday, 1970-01-05
  for (int i = 0; i < 3 * 168; ++i) series.values.push_back(i % 168 == 10 ? 169 : 1);
  const WeekProfile hourly = week_profile(series);
  CHECK(hourly[10] == Approx(84.5));
  CHECK(hourly[11] == Approx(0.5));
  series.step_s = 86400;
  series.values = {2, 1, 1, 1, 1, 1, 0, 2, 1, 1, 1, 1, 1, 0};
  const WeekProfile daily = week_profile(series);
  CHECK(daily[0] == Approx(2));
  CHECK(daily[23] == Approx(2));
  CHECK(daily[167] == 0);
  series.step_s = 7 * 86400;
  CHECK(is_flat(week_profile(series)));
  series.step_s = 3600;
  series.values.assign(48, 1);
  series.values[5] = series.values[29] = 3;
  CHECK(week_profile(series)[5 + 5 * 24] == Approx(week_profile(series)[5]));  // less than a week: hour of the day
}
