#include <algorithm>
#include <cmath>

#include "test.hpp"
#include "tonnage/core/random.hpp"
#include "tonnage/forecast/forecast.hpp"

using namespace tonnage;
using namespace tonnage::forecast;

namespace {

AgedLoads grown(const GrowthCurve& curve, int weeks, double noise, const char* name) {
  const RandomStream stream(3, name);
  AgedLoads out;
  for (int i = 0; i < weeks; ++i) {
    out.years.push_back((i + 0.5) * 7 / 365.25);
    out.load_per_s.push_back(curve.at(out.years.back()) * std::exp(noise * stream.normal(static_cast<std::uint64_t>(i))));
  }
  return out;
}

std::vector<double> markets(const std::vector<GrowthCurve>& curves) {
  std::vector<double> out;
  for (const GrowthCurve& c : curves) out.push_back(c.market_per_s);
  std::sort(out.begin(), out.end());
  return out;
}

HistorySeries weekly(const std::string& name, const AgedLoads& loads) {
  HistorySeries h;
  h.origin = name, h.start_s = *parse_time("2024-01-01"), h.step_s = 7 * 86400, h.values = loads.load_per_s;
  return h;
}

/// Six products of unlike size and speed.
std::vector<AgedLoads> six() {
  std::vector<AgedLoads> out;
  const double market[] = {300, 900, 500, 1200, 400, 700}, p[] = {0.2, 0.1, 0.3, 0.15, 0.1, 0.25}, q[] = {3, 2.5, 4, 3.5, 3, 2};
  for (int i = 0; i < 6; ++i) out.push_back(grown({Curve::bass, market[i], p[i], q[i]}, 130, 0.05, "six"));
  return out;
}

}  // namespace

TEST_CASE("growth curves by hand: start, middle, end", "[forecast]") {
  const GrowthCurve bass{Curve::bass, 100, 0.1, 0.1};
  const double e = std::exp(-0.2 * 5);
  CHECK(bass.at(5) == Approx(100 * (1 - e) / (1 + e)));
  CHECK(bass.at(0) == 0);
  CHECK(bass.at(1000) == Approx(100));
  const GrowthCurve logistic{Curve::logistic, 100, 2, 1.5}, gompertz{Curve::gompertz, 100, 1, std::log(2.0) * std::exp(1.0)};
  CHECK(logistic.at(1.5) == Approx(50));
  CHECK(gompertz.at(1) == Approx(50));
  CHECK(gompertz.at(-1) == 0);
}

TEST_CASE("a curve that was put in is found; five points do not run away", "[forecast]") {
  for (const GrowthCurve& truth : {GrowthCurve{Curve::bass, 500, 0.1, 3}, GrowthCurve{Curve::logistic, 500, 4, 1}, GrowthCurve{Curve::gompertz, 500, 2, 6}}) {
    double cost[curve_kinds];
    GrowthCurve fitted[curve_kinds];
    const AgedLoads loads = grown(truth, 120, 0.02, "found");
    for (int c = 0; c < curve_kinds; ++c) fitted[c] = fit_curve(static_cast<Curve>(c), loads, cost[c]);
    const int best = static_cast<int>(std::min_element(cost, cost + curve_kinds) - cost);
    CHECK(best == static_cast<int>(truth.curve));
    CHECK(fitted[best].market_per_s == Approx(500).epsilon(0.03));
    CHECK(fitted[best].at(1) == Approx(truth.at(1)).epsilon(0.03));
  }
  double cost = 0;
  const AgedLoads early = grown({Curve::bass, 500, 0.05, 3}, 5, 0.1, "early");
  CHECK(fit_curve(Curve::bass, early, cost).market_per_s < 20 * early.load_per_s.back());
}

TEST_CASE("launches: the prior holds the products' markets, own weeks narrow it, a given market is kept", "[forecast]") {
  const LaunchPrior prior = prior_from(six());
  const std::vector<double> wide = markets(draw_curves(prior, {}, {}, 1000, 1, "new"));
  CHECK(wide[500] == Approx(600).epsilon(0.15));
  CHECK(wide[100] < 330);
  CHECK(wide[900] > 1000);
  const GrowthCurve truth{Curve::bass, 1000, 0.2, 3};
  const std::vector<double> narrow = markets(draw_curves(prior, {}, grown(truth, 60, 0.05, "seen"), 1000, 1, "new"));
  CHECK(narrow[500] == Approx(1000).epsilon(0.1));
  CHECK(narrow[900] / narrow[100] < 0.5 * wide[900] / wide[100]);
  const std::vector<double> given = markets(draw_curves(prior, {true, 2000, {Spread::Form::triangular, 1000, 4000, 0}}, {}, 1000, 1, "new"));
  CHECK(given.front() >= 1000);
  CHECK(given.back() <= 4000);
  CHECK(given[500] == Approx(4000 - std::sqrt(0.5 * 3000 * 2000)).epsilon(0.02));
}

TEST_CASE("products left out are held by the interval that the others give", "[forecast]") {
  const Backtest b = leave_one_out(six(), 1);
  CHECK(b.origins == 6);
  CHECK(b.coverage_80 > 0.7);
  CHECK(b.error < 1);
  CHECK(leave_one_out({six()[0], six()[1]}, 1).origins == 0);
}

TEST_CASE("demand of a launch: nothing before, wider and never negative after, shared by origin", "[forecast]") {
  Scenario s;
  s.period_kind = PeriodKind::quarter;
  s.periods = make_periods(*parse_date("2027-01-01"), PeriodKind::quarter, 8);
  Workload w;
  w.name = "mini", w.demand.origin_shares = {{"a", 0.75}, {"b", 0.25}};
  Launch launch;
  launch.date = *parse_date("2027-04-01");
  int number = 0;
  for (const AgedLoads& one : six()) launch.analogues.push_back(weekly("product " + std::to_string(++number), one));
  w.demand.launch = launch;
  s.workloads = {w};
  const Demand d = forecast_demand(s, 1);
  const WorkloadForecast& f = d.forecasts.at(0);
  CHECK(f.method == "launch");
  CHECK(f.mean_per_s[0] == 0);
  CHECK(f.p10_per_s[2] > 0);
  CHECK(f.mean_per_s[7] > f.mean_per_s[1]);
  CHECK(f.p90_per_s[7] - f.p10_per_s[7] > f.p90_per_s[2] - f.p10_per_s[2]);
  CHECK(f.p50_per_s[7] == Approx(550).epsilon(0.25));
  CHECK(d.outcomes.size() == 3);
  CHECK(d.load(d.series[0], 1, 5, 0) == Approx(3 * d.load(d.series[1], 1, 5, 0)));
  CHECK(f.backtest.origins == 6);
  s.periods = make_periods(*parse_date("2028-01-01"), PeriodKind::quarter, 4);
  HistorySeries seen = weekly("", grown({Curve::bass, 1500, 0.2, 3}, 39, 0.05, "seen"));
  seen.start_s = *parse_time("2027-04-01");
  s.workloads[0].demand.launch->seen = {seen};
  const Demand after = forecast_demand(s, 1);
  const double truth = GrowthCurve{Curve::bass, 1500, 0.2, 3}.at((366 + 45) / 365.25);  // the middle of the quarter
  CHECK(after.forecasts[0].p10_per_s[1] < truth);
  CHECK(after.forecasts[0].p90_per_s[1] > truth);
  CHECK(after.forecasts[0].p90_per_s[3] / after.forecasts[0].p10_per_s[3] < 0.7 * f.p90_per_s[6] / f.p10_per_s[6]);
}

TEST_CASE("blocks: a series that peaks at other hours than the total gets a peak of its own", "[forecast]") {
  WeekProfile us, asia, total;
  for (int h = 0; h < hours_of_week; ++h) {
    us[h] = 1 + 0.8 * std::cos(2 * 3.14159265358979 * (h - 18) / 24), asia[h] = 1 + 0.8 * std::cos(2 * 3.14159265358979 * (h - 6) / 24);
    total[h] = 1.4 * us[h] + 0.6 * asia[h];
  }
  BlockShape shape = make_blocks(total);
  int block = 0;
  CHECK(peak_error(shape, asia, block) > 0.1);
  add_peaks(shape, {{"us", us}, {"asia", asia}});
  CHECK(peak_error(shape, asia, block) < 0.06);
  CHECK(shape.names[static_cast<std::size_t>(block)] == "peak asia");
  CHECK(shape.names.size() == 4);
  double weight = 0, mean = 0;
  for (std::size_t b = 0; b < shape.names.size(); ++b) weight += shape.weight[b], mean += shape.weight[b] * shape.mean(asia, static_cast<int>(b));
  CHECK(weight == Approx(1));
  CHECK(mean == Approx(1).epsilon(1e-12));
  for (int h = 0; h < hours_of_week; ++h) {
    double share = 0;
    for (const auto& one : shape.share) share += one[h];
    CHECK(share == Approx(1));
  }
}
