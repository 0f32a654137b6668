// Prices, generations and correlations of a scenario's demand.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "forecast/draws.hpp"
#include "forecast/price.hpp"
#include "test.hpp"
#include "tonnage/core/random.hpp"
#include "tonnage/forecast/forecast.hpp"
#include "tonnage/forecast/launch.hpp"

using namespace tonnage;
using namespace tonnage::forecast;

namespace {

constexpr long long day_seconds = 86400;

Scenario quarters(int count) {
  Scenario s;
  s.period_kind = PeriodKind::quarter;
  s.periods = make_periods(*parse_date("2027-01-01"), PeriodKind::quarter, count);
  s.as_of = s.periods.front().start;
  return s;
}

/// Price by day over two years: 10, then 8, then 12, then 10.
HistorySeries prices() {
  HistorySeries out;
  out.start_s = *parse_time("2025-01-06"), out.step_s = day_seconds;
  for (int i = 0; i < 103 * 7; ++i) out.values.push_back(i < 200 ? 10 : i < 400 ? 8 : i < 600 ? 12 : 10);
  return out;
}

/// Load by day that follows the price with an elasticity, its weekly errors an autoregression.
HistorySeries priced_load(double elasticity, const std::string& name) {
  const RandomStream stream(11, name);
  const HistorySeries price = prices();
  HistorySeries out;
  out.start_s = price.start_s, out.step_s = day_seconds;
  double u = 0;
  for (std::size_t i = 0; i < price.values.size(); ++i) {
    if (i % 7 == 0) u = 0.5 * u + 0.02 * stream.normal(i);
    out.values.push_back(100 * std::exp(u) * std::pow(price.values[i] / 10, elasticity));
  }
  return out;
}

Workload priced(std::optional<double> elasticity, double price_ahead) {
  Workload w;
  w.name = "chat";
  w.demand.history = {priced_load(-0.8, "load")};
  PriceEffect price;
  price.history = prices(), price.now = 10, price.elasticity = elasticity;
  price.ahead = {{*parse_date("2027-04-01"), price_ahead}};
  w.demand.price = price;
  return w;
}

WorkloadForecast forecast_of(const Demand& d, const std::string& name) {
  return *std::find_if(d.forecasts.begin(), d.forecasts.end(), [&](const WorkloadForecast& f) { return f.workload == name; });
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double product = 0, square = 0;
  for (std::size_t i = 0; i < a.size(); ++i) product += (a[i] - 0.5) * (b[i] - 0.5) / n, square += (a[i] - 0.5) * (a[i] - 0.5) / n;
  return product / square;
}

Workload starting(const std::string& name, double start) {
  Workload w;
  w.name = name;
  w.demand.start_per_s = start;
  return w;
}

Workload launched(const std::string& name, const char* date, double market) {
  Workload w;
  w.name = name;
  Launch launch;
  launch.date = *parse_date(date);
  for (const double scale : {0.8, 1.0, 1.3}) {
    HistorySeries one;
    one.origin = "earlier " + std::to_string(scale), one.start_s = *parse_time("2025-01-06"), one.step_s = 7 * day_seconds;
    for (int week = 0; week < 60; ++week) one.values.push_back(GrowthCurve{Curve::bass, 100 * scale, 0.2, 5}.at((week + 0.5) / 52));
    launch.analogues.push_back(one);
  }
  launch.market_per_s = market;
  w.demand.launch = launch;
  return w;
}

}  // namespace

TEST_CASE("price on a day: history, then what holds, then what comes", "[forecast]") {
  PriceEffect price;
  price.history = prices(), price.now = 10, price.ahead = {{*parse_date("2027-04-01"), 8}, {*parse_date("2027-07-01"), 6}};
  price.history.values[300] = std::nan("");
  const double first = static_cast<double>(price.history.start_s / day_seconds);
  CHECK(price_at(price, first - 5) == 10);
  CHECK(price_at(price, first + 300.5) == 8);  // a gap: the one before
  CHECK(price_at(price, first + 500.5) == 12);
  CHECK(price_at(price, static_cast<double>(parse_date("2027-03-31")->time_since_epoch().count())) == 10);
  CHECK(price_at(price, static_cast<double>(parse_date("2027-04-01")->time_since_epoch().count())) == 8);
  CHECK(price_at(price, static_cast<double>(parse_date("2027-12-01")->time_since_epoch().count())) == 6);
  CHECK(price_factor(price, -2, static_cast<double>(parse_date("2027-12-01")->time_since_epoch().count())) == Approx(std::pow(0.6, -2)));
}

TEST_CASE("an elasticity that was put in is estimated; its error widens what comes after the price changes", "[forecast]") {
  Scenario s = quarters(3);
  s.workloads = {priced(std::nullopt, 8)};
  const Demand d = forecast_demand(s, 1);
  const WorkloadForecast f = forecast_of(d, "chat");
  const double rise = std::pow(0.8, -0.8);
  CHECK(f.mean_per_s[1] / f.mean_per_s[0] == Approx(rise).epsilon(0.05));
  CHECK(f.mean_per_s[2] / f.mean_per_s[0] == Approx(rise).epsilon(0.05));
  CHECK(std::any_of(d.remarks.begin(), d.remarks.end(), [](const std::string& r) { return r.find("elasticity -0.") != std::string::npos && r.find("standard error") != std::string::npos; }));

  // Against the same elasticity for sure.
  s.workloads = {priced(-0.8, 8)};
  const WorkloadForecast sure = forecast_of(forecast_demand(s, 1), "chat");
  s.workloads[0].demand.price->elasticity_spread = {Spread::Form::normal, 0, 0, 0.5};
  const WorkloadForecast unsure = forecast_of(forecast_demand(s, 1), "chat");
  CHECK(unsure.p90_per_s[0] - unsure.p10_per_s[0] == Approx(sure.p90_per_s[0] - sure.p10_per_s[0]).epsilon(0.01));
  CHECK(unsure.p90_per_s[2] - unsure.p10_per_s[2] > 1.3 * (sure.p90_per_s[2] - sure.p10_per_s[2]));

  // The level before the change does not depend on the price to come.
  s.workloads = {priced(-0.8, 12)};
  const WorkloadForecast dearer = forecast_of(forecast_demand(s, 1), "chat");
  CHECK(dearer.mean_per_s[0] == Approx(sure.mean_per_s[0]).epsilon(1e-9));
  CHECK(dearer.mean_per_s[1] / sure.mean_per_s[1] == Approx(std::pow(1.5, -0.8)).epsilon(1e-6));
}

TEST_CASE("elasticities estimated from many histories: the standard error holds the truth", "[forecast]") {
  double inside = 0, squares = 0, stated = 0;
  constexpr int draws = 60;
  const Scenario s = quarters(1);
  for (int j = 0; j < draws; ++j) {
    Workload w = priced(std::nullopt, 8);
    w.demand.history = {priced_load(-0.8, "draw " + std::to_string(j))};
    std::vector<std::string> remarks;
    const PreparedHistory h = prepare_history(w, s.periods, remarks);
    const double off = *h.price->elasticity + 0.8, error = h.price->elasticity_spread.sd;
    inside += std::abs(off) < 1.96 * error, squares += off * off / draws, stated += error * error / draws;
  }
  CHECK(inside >= 0.85 * draws);
  CHECK(std::sqrt(stated / squares) == Approx(1).margin(0.35));
}

TEST_CASE("price with a given elasticity moves load that is no history", "[forecast]") {
  Scenario s = quarters(2);
  s.workloads = {starting("api", 50)};
  PriceEffect price;
  price.now = 4, price.elasticity = -1.5, price.ahead = {{*parse_date("2027-04-01"), 2}};
  s.workloads[0].demand.price = price;
  const WorkloadForecast f = forecast_of(forecast_demand(s, 1), "api");
  CHECK(f.mean_per_s[0] == Approx(50));
  CHECK(f.mean_per_s[1] == Approx(50 * std::pow(2, 1.5)));
}

TEST_CASE("generations: what the older one loses the younger gains, in every path and origin, by adoption", "[forecast]") {
  Scenario s = quarters(8);
  Workload old = starting("one", 200);
  old.demand.origin_shares = {{"east", 0.25}, {"west", 0.75}};
  s.workloads = {old, launched("two", "2027-02-01", 40)};
  const Demand before = forecast_demand(s, 1);
  s.workloads[1].demand.launch->replaces = {{"one", 0.8, {}}};
  const Demand after = forecast_demand(s, 1);
  const WorkloadForecast one = forecast_of(after, "one"), two = forecast_of(after, "two"), alone = forecast_of(before, "two");
  for (std::size_t t = 0; t < 8; ++t) {
    CHECK(one.mean_per_s[t] + two.mean_per_s[t] == Approx(200 + alone.mean_per_s[t]).epsilon(1e-6));
    if (t > 0) CHECK(one.mean_per_s[t] < one.mean_per_s[t - 1]);
    CHECK(one.mean_per_s[t] > 0.2 * 200 - 1e-6);
  }
  CHECK(one.mean_per_s[7] < 0.4 * 200);
  CHECK(one.p90_per_s[3] > one.p10_per_s[3]);  // how fast is not sure, so the sure load is not sure any more
  // A third of what moves arises in the east.
  for (const Demand* d : {&before, &after})
    for (const DemandSeries& series : d->series)
      if (series.workload == "two" && series.origin != anywhere) CHECK((d == &after && (series.origin == "east" || series.origin == "west")));
  double east = 0, west = 0;
  for (const DemandSeries& series : after.series)
    if (series.workload == "two") (series.origin == "east" ? east : series.origin == "west" ? west : east) += series.origin == anywhere ? 0 : after.load(series, 0, 5, 0);
  CHECK(west == Approx(3 * east));
}

TEST_CASE("generations in a line, whatever their order: the third takes of what the second took", "[forecast]") {
  Scenario s = quarters(8);
  Workload second = launched("two", "2027-01-01", 1), third = launched("three", "2027-10-01", 1);
  second.demand.launch->replaces = {{"one", 1, {}}}, third.demand.launch->replaces = {{"two", 1, {}}};
  s.workloads = {third, starting("one", 100), second};
  const Demand d = forecast_demand(s, 1);
  const WorkloadForecast a = forecast_of(d, "one"), b = forecast_of(d, "two"), c = forecast_of(d, "three");
  for (std::size_t t = 0; t < 8; ++t) {
    const double sum = a.mean_per_s[t] + b.mean_per_s[t] + c.mean_per_s[t];
    CHECK(sum >= 100 - 1e-6);
    CHECK(sum < 103);
  }
  CHECK(c.mean_per_s[7] > 50);
  CHECK(b.mean_per_s[2] > b.mean_per_s[7]);
  CHECK(forecast_demand(s, 1).series[0].load_per_s == d.series[0].load_per_s);
}

TEST_CASE("a generation that began before the older load was last known moves only what is left", "[forecast]") {
  Scenario s = quarters(6);
  Workload younger = launched("two", "2026-01-01", 10);
  younger.demand.launch->replaces = {{"one", 1, {}}};
  s.workloads = {starting("one", 100), younger};
  const WorkloadForecast one = forecast_of(forecast_demand(s, 1), "one");
  CHECK(one.mean_per_s[0] > 50);
  CHECK(one.mean_per_s[0] < 100);
  for (std::size_t t = 1; t < 6; ++t) CHECK(one.mean_per_s[t] < one.mean_per_s[t - 1]);
}

TEST_CASE("correlated numbers: every place once, rank correlations as given, others as before", "[forecast]") {
  Scenario s = quarters(2);
  s.workloads = {starting("a", 10), starting("b", 20), starting("c", 30)};
  s.demand_correlations = {{"workloads.a.demand.start", "workloads.b.demand.start", 0.7}, {"workloads.b.demand.start", "workloads.c.demand.growth", -0.4}};
  const Places places(s, 3), none(3);
  const std::vector<double> a = places.at(number_draw("start", "a")), b = places.at(number_draw("start", "b")), c = places.at(number_draw("growth", "c"));
  CHECK(spearman(a, b) == Approx(0.7).margin(0.02));
  CHECK(spearman(b, c) == Approx(-0.4).margin(0.03));
  CHECK(spearman(a, c) == Approx(0).margin(0.03));
  for (const std::vector<double>* one : {&a, &b, &c}) {
    std::vector<double> sorted = *one;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t j = 0; j < sorted.size(); ++j) CHECK(sorted[j] == (static_cast<double>(j) + 0.5) / scenario_paths);
  }
  CHECK(places.at("other") == none.at("other"));
  CHECK_FALSE(places.correlated("other"));
  // Rank 1: one order.
  s.demand_correlations = {{"workloads.a.demand.start", "workloads.b.demand.start", 1}};
  const Places same(s, 3);
  CHECK(same.at(number_draw("start", "a")) == same.at(number_draw("start", "b")));
}

TEST_CASE("correlated starts: the total spreads as the correlation says", "[forecast]") {
  Scenario s = quarters(1);
  s.outcome_count = 25;
  s.workloads = {starting("a", 100), starting("b", 100)};
  for (Workload& w : s.workloads) w.demand.start_spread = {Spread::Form::normal, 0, 0, 10};
  const auto spread = [&](double rank) {
    s.demand_correlations.clear();
    if (rank != 0) s.demand_correlations = {{"workloads.a.demand.start", "workloads.b.demand.start", rank}};
    const Demand d = forecast_demand(s, 1);
    double variance = 0;
    for (std::size_t o = 0; o < d.outcomes.size(); ++o) {
      double sum = 0;
      for (const DemandSeries& series : d.series) sum += d.load(series, static_cast<int>(o), 0, 0);
      variance += d.outcomes[o].probability * (sum - 200) * (sum - 200);
    }
    return std::sqrt(variance);
  };
  CHECK(spread(0) == Approx(10 * std::sqrt(2.0)).epsilon(0.05));
  CHECK(spread(0.9) == Approx(10 * std::sqrt(2 + 2 * 0.9079)).epsilon(0.05));
  CHECK(spread(-0.9) == Approx(10 * std::sqrt(2 - 2 * 0.9079)).epsilon(0.25));
}

TEST_CASE("the market of a launch is correlated without changing how it is spread", "[forecast]") {
  Scenario s = quarters(4);
  s.workloads = {launched("two", "2027-01-01", 100), starting("one", 100)};
  s.workloads[0].demand.launch->market_spread = {Spread::Form::lognormal, 0, 0, 0.4};
  s.workloads[1].demand.start_spread = {Spread::Form::normal, 0, 0, 20};
  const WorkloadForecast apart = forecast_of(forecast_demand(s, 1), "two");
  s.demand_correlations = {{"workloads.two.demand.launch.market", "workloads.one.demand.start", 0.8}};
  const Demand d = forecast_demand(s, 1);
  const WorkloadForecast together = forecast_of(d, "two");
  CHECK(together.p10_per_s[3] == Approx(apart.p10_per_s[3]).epsilon(0.05));
  CHECK(together.p90_per_s[3] == Approx(apart.p90_per_s[3]).epsilon(0.05));
  // Outcomes of more load of the one have more of the other.
  const int last = static_cast<int>(d.outcomes.size()) - 1;
  for (const DemandSeries& series : d.series) CHECK(d.load(series, last, 3, 0) > d.load(series, 0, 3, 0));
}
