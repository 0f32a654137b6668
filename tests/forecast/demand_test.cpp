#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "test.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/forecast/forecast.hpp"

using namespace tonnage;
using namespace tonnage::forecast;

namespace {

Scenario quarters(int count = 8) {
  Scenario s;
  s.period_kind = PeriodKind::quarter;
  s.periods = make_periods(*parse_date("2027-01-01"), PeriodKind::quarter, count);
  s.as_of = s.periods.front().start;
  return s;
}

long long seconds(const char* time) { return *parse_time(time); }

/// Hourly history with a day and a week in it, growing by `growth` a week.
HistorySeries hourly(int weeks, double level, double growth, long long start_s, int shift = 0) {
  HistorySeries h;
  h.start_s = start_s;
  for (int i = 0; i < weeks * 168; ++i) {
    const double day = 1 + 0.5 * std::sin(2 * 3.14159265358979 * (i + shift) / 24.0), weekend = i % 168 >= 120 ? 0.7 : 1.0;
    h.values.push_back(level * std::pow(1 + growth, i / 168.0) * day * weekend);
  }
  return h;
}

Workload with_history(const std::string& name, std::vector<HistorySeries> history) {
  Workload w;
  w.name = name;
  w.demand.history = std::move(history);
  return w;
}

/// Hours-weighted mean over blocks of one workload, all origins.
double period_load(const Demand& d, const std::string& workload, int s, int t) {
  double sum = 0, hours = 0;
  for (const Block& b : d.blocks) hours += b.hours[t];
  for (const DemandSeries& series : d.series)
    if (series.workload == workload)
      for (std::size_t b = 0; b < d.blocks.size(); ++b) sum += d.load(series, s, t, static_cast<int>(b)) * d.blocks[b].hours[t];
  return sum / hours;
}

void check_document(const Demand& d) {
  double probability = 0;
  for (const Outcome& o : d.outcomes) probability += o.probability;
  CHECK(probability == Approx(1));
  for (std::size_t t = 0; t < d.periods.size(); ++t) {
    double hours = 0;
    for (const Block& b : d.blocks) hours += b.hours[t];
    CHECK(hours == Approx(d.periods[t].hours));
  }
  for (const DemandSeries& s : d.series) {
    CHECK(s.load_per_s.size() == d.outcomes.size() * d.periods.size() * d.blocks.size());
    for (const double v : s.load_per_s) CHECK((std::isfinite(v) && v >= 0));
  }
  for (const WorkloadForecast& f : d.forecasts)
    for (std::size_t t = 0; t < d.periods.size(); ++t) {
      CHECK(f.p10_per_s[t] <= f.p50_per_s[t]);
      CHECK(f.p50_per_s[t] <= f.p90_per_s[t]);
    }
}

}  // namespace

TEST_CASE("history: conservation, outcomes, blocks, determinism", "[forecast]") {
  Scenario s = quarters();
  HistorySeries us = hourly(52, 100, 0.004, seconds("2025-12-29")), eu = hourly(52, 40, 0.002, seconds("2025-12-29"), 6);
  us.origin = "us", eu.origin = "eu";
  s.workloads = {with_history("chat", {us, eu})};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  REQUIRE(d.blocks.size() == 4);
  CHECK(d.blocks[0].name == "peak");
  CHECK(d.blocks[3].name == "peak eu");  // six hours later than the total
  CHECK(d.series[1].peak_block == "peak eu");
  CHECK(d.series[1].peak_error < 0.06);
  REQUIRE(d.outcomes.size() == 3);
  REQUIRE(d.series.size() == 2);
  const WorkloadForecast& f = d.forecasts.at(0);
  for (int t = 0; t < 8; ++t) {
    double expected = 0;
    for (int o = 0; o < 3; ++o) expected += d.outcomes[o].probability * period_load(d, "chat", o, t);
    CHECK(expected == Approx(f.mean_per_s[t]).epsilon(1e-9));
    CHECK(f.p50_per_s[t] == Approx(f.mean_per_s[t]).epsilon(0.03));
    CHECK(period_load(d, "chat", 0, t) < period_load(d, "chat", 1, t));
    CHECK(period_load(d, "chat", 1, t) < period_load(d, "chat", 2, t));
    if (t >= 4) CHECK(period_load(d, "chat", 2, t) > f.mean_per_s[t] + 0.6 * (f.p90_per_s[t] - f.mean_per_s[t]));
  }
  CHECK(f.p90_per_s[7] - f.p10_per_s[7] > f.p90_per_s[0] - f.p10_per_s[0]);
  CHECK(f.backtest.origins >= 2);
  CHECK(f.backtest.error < f.backtest.naive_error);
  CHECK(f.method.rfind("combination of", 0) == 0);
  CHECK(f.peak_to_mean > 1.3);
  CHECK(f.peak_block_error >= 0);
  CHECK(f.peak_block_error < 0.06);
  const Demand again = forecast_demand(s, 1), other = forecast_demand(s, 2);
  CHECK(again.series[1].load_per_s == d.series[1].load_per_s);
  CHECK(other.forecasts[0].p90_per_s[7] == Approx(f.p90_per_s[7]).epsilon(0.02));
}

TEST_CASE("a history that ends long before the horizon is forecast across the gap", "[forecast]") {
  Scenario s = quarters(2);
  s.workloads = {with_history("late", {hourly(40, 100, 0.0, seconds("2025-03-03"))})};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  CHECK(d.forecasts[0].mean_per_s[0] == Approx(100 * (5 + 2 * 0.7) / 7).epsilon(0.02));
}

TEST_CASE("gaps and short histories are said", "[forecast]") {
  Scenario s = quarters(2);
  HistorySeries holed = hourly(10, 100, 0, seconds("2026-10-05"));
  const HistorySeries whole = holed;
  for (int i = 500; i < 524; ++i) holed.values[i] = std::numeric_limits<double>::quiet_NaN();
  s.workloads = {with_history("holed", {holed}), with_history("whole", {whole}),
                 with_history("short", {hourly(2, 50, 0, seconds("2026-12-07"))})};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  CHECK(d.forecasts[0].mean_per_s[1] == Approx(d.forecasts[1].mean_per_s[1]).epsilon(0.01));
  CHECK(d.forecasts[2].method == "flat");
  CHECK(d.forecasts[2].p90_per_s[1] > d.forecasts[2].mean_per_s[1]);
  const auto said = [&](const char* text) {
    return std::any_of(d.remarks.begin(), d.remarks.end(), [&](const std::string& r) { return r.find(text) != std::string::npos; });
  };
  CHECK(said("24 missing values"));
  CHECK(said("shorter than three weeks"));
  CHECK(said("joint paths"));
}

TEST_CASE("start, growth, Bass, constant and jobs", "[forecast]") {
  Scenario s = quarters(8);
  Workload grows, spreads, constant, job;
  grows.name = "grows", grows.demand.start_per_s = 100, grows.demand.growth_per_year = 1.0;
  grows.demand.origin_shares = {{"a", 0.6}, {"b", 0.4}};
  spreads.name = "spreads", spreads.demand.start_per_s = 800, spreads.demand.bass = BassGrowth{9000, 0.02, 0.4};
  constant.name = "constant", constant.demand.constant_per_s = 1200;
  job.name = "job", job.job = Job{"h100x8", 64, 300, 336, 240, true};
  s.workloads = {grows, spreads, constant, job};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  CHECK(d.blocks.size() == 1);
  CHECK(d.blocks[0].name == "all");
  CHECK(d.outcomes.size() == 1);
  REQUIRE(d.series.size() == 5);
  CHECK(d.forecasts[0].mean_per_s[0] == Approx(100 * std::exp2(0.5 * 90 / 365.25)).epsilon(0.002));
  CHECK(d.forecasts[0].mean_per_s[4] == Approx(2 * d.forecasts[0].mean_per_s[0]).epsilon(0.003));
  CHECK(d.load(d.series[0], 0, 3, 0) == Approx(0.6 * d.forecasts[0].mean_per_s[3]));
  CHECK(d.forecasts[1].mean_per_s[0] > 800);
  CHECK(d.forecasts[1].mean_per_s[7] < 9000);
  CHECK(d.forecasts[1].method == "bass");
  CHECK(d.forecasts[2].mean_per_s[5] == 1200);
  CHECK(d.series[4].unit == "accelerators");
  CHECK(d.series[4].origin == "anywhere");
  CHECK(d.load(d.series[4], 0, 0, 0) == Approx(64 * 300.0 / 336));
}

TEST_CASE("events: they happen or not, ramp, fade, origin", "[forecast]") {
  Scenario s = quarters(4);
  Workload w;
  w.name = "w", w.demand.constant_per_s = 100;
  w.demand.origin_shares = {{"a", 0.5}, {"b", 0.5}};
  DemandEvent launch{.name = "launch", .date = *parse_date("2027-04-01"), .origin = "a"};
  launch.share = 0.4, launch.ramp_months = 3, launch.probability = 0.7;
  w.events = {launch};
  s.workloads = {w};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  REQUIRE(d.outcomes.size() == 2);
  CHECK(d.outcomes[0].probability == Approx(0.3).epsilon(1e-12));
  CHECK(d.load(d.series[0], 0, 0, 0) == Approx(50));
  CHECK(d.load(d.series[0], 0, 2, 0) == Approx(50));
  CHECK(d.load(d.series[0], 1, 1, 0) == Approx(50 * 1.2).epsilon(1e-3));  // half way up a ramp to 1.4
  CHECK(d.load(d.series[0], 1, 2, 0) == Approx(70));
  CHECK(d.load(d.series[1], 1, 3, 0) == Approx(50));
  CHECK(d.forecasts[0].mean_per_s[2] == Approx(100 + 0.7 * 20));
  s.workloads[0].events[0].probability = 1;
  s.workloads[0].events[0].half_life_months = 3;
  const Demand fades = forecast_demand(s, 1);
  REQUIRE(fades.outcomes.size() == 1);
  // From the ramp's end on: 50 (1 + 0.4 2^(-x / 91.3 days)); its mean over the 92 days of the third quarter by the integral.
  const double h = 365.25 / 4, mean = 50 * (1 + 0.4 * (1 - std::exp2(-92 / h)) / (std::log(2.0) * 92 / h));
  CHECK(fades.load(fades.series[0], 0, 2, 0) == Approx(mean).epsilon(1e-4));
}

TEST_CASE("effects are estimated from events of the same name, taken out of the history and put back ahead", "[forecast]") {
  Scenario s = quarters(2);
  HistorySeries h;
  h.start_s = seconds("2024-12-30"), h.step_s = 86400;
  DemandEvent sale{.name = "sale", .date = *parse_date("2025-11-24")};
  sale.from_history = true, sale.half_life_months = 0.23;  // a week
  std::vector<DemandEvent> past = {sale, sale, sale};
  past[1].date = *parse_date("2025-06-02"), past[2].date = *parse_date("2026-11-23");
  for (int i = 0; i < 728; ++i) {
    double factor = 1;
    for (const DemandEvent& one : past) {
      const double days = static_cast<double>(h.start_s / 86400 + i) + 0.5 - static_cast<double>(one.date.time_since_epoch().count());
      if (days > 0) factor *= 1 + 0.5 * std::exp2(-days / (0.23 * 365.25 / 12));
    }
    h.values.push_back(100 * (1 + 0.02 * std::sin(i * 0.7)) * factor);
  }
  s.workloads = {with_history("shop", {h})};
  s.workloads[0].events = past;
  DemandEvent next = sale;
  next.date = *parse_date("2027-02-01");
  s.workloads[0].events.push_back(next);
  const Demand with = forecast_demand(s, 1);
  check_document(with);
  s.workloads[0].events.pop_back();
  const Demand without = forecast_demand(s, 1);
  // 59 of 90 days follow the sale: 0.5 x the mean of 2^(-days / 7) over the quarter.
  const double week = 0.23 * 365.25 / 12, lift = 0.5 * week / std::log(2.0) * (1 - std::exp2(-59 / week)) / 90;
  CHECK(with.forecasts[0].mean_per_s[0] / without.forecasts[0].mean_per_s[0] - 1 == Approx(lift).epsilon(0.1));
  CHECK(without.forecasts[0].mean_per_s[1] == Approx(100).epsilon(0.02));  // the last sale has not lifted the level
}

TEST_CASE("numbers given as distributions are drawn: quantiles, mean, two outcomes of a coin", "[forecast]") {
  Scenario s = quarters(2);
  Workload grows, judged;
  grows.name = "grows", grows.demand.start_per_s = 100, grows.demand.start_spread = {Spread::Form::normal, 0, 0, 10};
  judged.name = "judged", judged.demand.constant_per_s = 100;
  judged.overrides = {{s.periods[1].start, std::nullopt, 1.1, {Spread::Form::triangular, 0.8, 1.7, 0}, "a pledge"}};
  s.workloads = {grows, judged};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  CHECK(d.forecasts[0].p90_per_s[0] == Approx(100 + 12.816).epsilon(1e-3));
  CHECK(d.forecasts[0].mean_per_s[0] == Approx(100).epsilon(1e-4));
  CHECK(d.forecasts[1].p10_per_s[0] == 100);
  // Triangle from 0.8 over 1.1 to 1.7: a tenth of its area is left of 0.8 + sqrt(0.1 x 0.9 x 0.3).
  CHECK(d.forecasts[1].p10_per_s[1] == Approx(80 + 100 * std::sqrt(0.027)).epsilon(1e-3));
  CHECK(d.forecasts[1].mean_per_s[1] == Approx(120).epsilon(1e-3));
  REQUIRE(d.outcomes.size() == 3);
  s.outcome_count = 7;
  const Demand more = forecast_demand(s, 1);
  CHECK(more.outcomes.size() == 7);
  for (int t = 0; t < 2; ++t) {
    double expected = 0, low = 1e9, high = 0;
    for (int o = 0; o < 7; ++o) {
      const double load = period_load(more, "judged", o, t);
      expected += more.outcomes[o].probability * load, low = std::min(low, load), high = std::max(high, load);
    }
    CHECK(expected == Approx(more.forecasts[1].mean_per_s[t]).epsilon(1e-9));
    CHECK((t == 0 ? high - low < 1e-9 : high - low > 30));
  }
}

TEST_CASE("outcomes keep the spread of the total; given ones are slices of the paths", "[forecast]") {
  Scenario s = quarters(1);
  for (const char* name : {"one", "two"}) {
    Workload w;
    w.name = name, w.demand.start_per_s = 100, w.demand.start_spread = {Spread::Form::normal, 0, 0, 10};
    s.workloads.push_back(w);
  }
  const auto moments = [&](const Demand& d, double& mean, double& sd) {
    double squares = 0;
    mean = 0;
    for (std::size_t o = 0; o < d.outcomes.size(); ++o) {
      const double total = period_load(d, "one", static_cast<int>(o), 0) + period_load(d, "two", static_cast<int>(o), 0);
      mean += d.outcomes[o].probability * total, squares += d.outcomes[o].probability * total * total;
    }
    sd = std::sqrt(squares - mean * mean);
  };
  double mean = 0, sd = 0;
  moments(forecast_demand(s, 1), mean, sd);
  CHECK(mean == Approx(200).epsilon(1e-4));
  CHECK(sd == Approx(10 * std::sqrt(2.0)).epsilon(0.05));  // independent: not 20, as if both were high together
  s.outcomes = {{"high", 0.2}, {"base", 0.5}, {"low", 0.3}};
  const Demand given = forecast_demand(s, 1);
  CHECK(given.outcomes[0].name == "high");
  CHECK(given.outcomes[0].probability == 0.2);
  CHECK(period_load(given, "one", 0, 0) > 105);
  CHECK(period_load(given, "one", 2, 0) < 96);
  moments(given, mean, sd);
  CHECK(mean == Approx(200).epsilon(1e-3));
  CHECK(sd == Approx(10 * std::sqrt(2.0)).epsilon(0.05));
}

TEST_CASE("bunching within an hour is told from minutes", "[forecast]") {
  Scenario s = quarters(1);
  HistorySeries h;
  h.start_s = seconds("2026-12-01"), h.step_s = 60;
  for (int i = 0; i < 1440; ++i) h.values.push_back((i % 2 == 0 ? 160 : 80) / 60.0);  // mean 120 a minute, variance 1600 x 60 / 59
  s.workloads = {with_history("bunched", {h})};
  const Demand d = forecast_demand(s, 1);
  CHECK(std::any_of(d.remarks.begin(), d.remarks.end(), [](const std::string& r) { return r.find("counts of 60 s vary 13.6 times as much") != std::string::npos && r.find("has 1.33 times") != std::string::npos; }));
  s.workloads[0].demand.history[0].step_s = 3600;
  for (const std::string& r : forecast_demand(s, 1).remarks) CHECK(r.find("within an hour") == std::string::npos);
}

TEST_CASE("a given table is kept, blocks sorted by load, hours scaled", "[forecast]") {
  Scenario s = quarters(2);
  s.block_hours = {{"night", 243}, {"day", 365}, {"peak", 122}};
  s.outcomes = {{"low", 0.25}, {"base", 0.5}, {"high", 0.25}};
  Workload w;
  w.name = "search";
  for (int t = 0; t < 2; ++t)
    for (int b = 0; b < 3; ++b)
      for (int o = 0; o < 3; ++o) w.demand.table.push_back({t, b, o, "us", (b + 1) * 10.0 + o});
  s.workloads = {w};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  REQUIRE(d.blocks.size() == 3);
  CHECK(d.blocks[0].name == "peak");
  CHECK(d.blocks[2].name == "night");
  CHECK(d.blocks[0].hours[0] == Approx(90 * 24 * 122.0 / 730));
  CHECK(d.load(d.series[0], 2, 1, 0) == 32);
  CHECK(d.load(d.series[0], 0, 1, 2) == 10);
  CHECK(d.forecasts[0].p10_per_s[0] < d.forecasts[0].p90_per_s[0]);
  CHECK(d.forecasts[0].mean_per_s[0] == Approx(period_load(d, "search", 1, 0)));
  s.period_kind = PeriodKind::month;
  s.periods = make_periods(*parse_date("2027-01-01"), PeriodKind::month, 2);
  s.finance.hours_per_month = 730;
  CHECK(forecast_demand(s, 1).blocks[0].hours[1] == 122);
}

TEST_CASE("given blocks and a history: busiest hours in the peak block, mean conserved", "[forecast]") {
  Scenario s = quarters(2);
  s.block_hours = {{"night", 243}, {"day", 365}, {"peak", 122}};
  s.workloads = {with_history("chat", {hourly(20, 100, 0, seconds("2026-08-03"))})};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  CHECK(d.blocks[0].name == "peak");
  CHECK(d.load(d.series[0], 0, 0, 0) > d.load(d.series[0], 0, 0, 1));
  CHECK(d.load(d.series[0], 0, 0, 1) > d.load(d.series[0], 0, 0, 2));
  CHECK(d.outcomes.size() == 1);  // nothing ever erred: no outcomes to tell apart
  CHECK(period_load(d, "chat", 0, 0) == Approx(d.forecasts[0].mean_per_s[0]).epsilon(1e-9));
}

TEST_CASE("silly scenarios give finite demand", "[forecast]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Scenario s = quarters(1);
  Workload none, lone = with_history("lone", {{"", 0, 3600, {5}}});
  Workload zero = with_history("zero", {{"", 0, 3600, std::vector<double>(2000, 0.0)}});
  Workload missing = with_history("missing", {{"", 0, 3600, {nan, nan}}}), weird = with_history("weird", {{"", 0, 0, {1, 2}}});
  Workload monthly = with_history("monthly", {{"", seconds("2024-01-01"), 30 * 86400, std::vector<double>(30, 7.0)}});
  Workload future = with_history("future", {hourly(4, 10, 0, seconds("2030-01-07"))});
  none.name = "none";
  s.workloads = {none, zero, lone, missing, weird, monthly, future};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  CHECK(d.forecasts.size() == 7);
  CHECK(d.forecasts[5].mean_per_s[0] == Approx(7));
  s.periods.clear();
  CHECK(forecast_demand(s, 1).forecasts.size() == 7);
  CHECK(forecast_demand(Scenario{}, 1).series.empty());
}

namespace {

/// Column of a plain CSV; rows where `filter` (a column and its value) does not hold are left out.
std::vector<double> csv_column(const std::string& text, const std::string& name, const std::string& key = {},
                               const std::string& value = {}) {
  std::vector<double> out;
  std::size_t column = 0, filter = 0;
  bool header = true;
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    const std::vector<std::string_view> fields = split(trim(line), ',');
    if (header) {
      column = static_cast<std::size_t>(std::find(fields.begin(), fields.end(), name) - fields.begin());
      filter = static_cast<std::size_t>(std::find(fields.begin(), fields.end(), key) - fields.begin());
      header = false;
    } else if (key.empty() || fields[filter] == value) {
      out.push_back(parse_double(fields[column]).value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("real demand: BurstGPT sessions by the hour", "[forecast]") {
  std::filesystem::path path;
  if (!tonnage::testing::reference_file("forecast/burstgpt1_sessions_hourly.csv", path)) return;
  HistorySeries h;
  h.start_s = seconds("2026-10-05");
  h.values = csv_column(tonnage::testing::read_text(path), "requests_by_session_start");
  REQUIRE(h.values.size() == 1461);
  for (double& v : h.values) v /= 3600;
  Scenario s = quarters(2);
  s.workloads = {with_history("burst", {h})};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  const WorkloadForecast& f = d.forecasts[0];
  std::printf("BurstGPT by week: %s, error %.1f %% against %.1f %%, coverage %.0f %%, peak to mean %.1f\n", f.method.c_str(),
              100 * f.backtest.error, 100 * f.backtest.naive_error, 100 * f.backtest.coverage_80, f.peak_to_mean);
  CHECK(f.peak_to_mean > 1.5);
  CHECK(f.backtest.error <= f.backtest.naive_error);
  SeriesOptions options;
  options.season = 168, options.horizon = 168;
  const SeriesForecast direct = forecast_series(h.values, options);
  std::printf("BurstGPT by hour: %s, %s\n", direct.method.c_str(), direct.reason.c_str());
  CHECK(direct.backtest.error <= direct.backtest.naive_error);
  CHECK(direct.backtest.coverage_80 > 0.4);
}

TEST_CASE("real demand: one hour of a conversation service by the minute", "[forecast]") {
  std::filesystem::path path;
  if (!tonnage::testing::reference_file("forecast/azure_llm2023_per_minute.csv", path)) return;
  HistorySeries h;
  h.start_s = seconds("2026-11-16 18:15"), h.step_s = 60;
  h.values = csv_column(tonnage::testing::read_text(path), "requests", "series", "azure2023_conv");
  REQUIRE(h.values.size() > 30);
  double mean = 0;
  for (double& v : h.values) v /= 60, mean += v / static_cast<double>(h.values.size());
  Scenario s = quarters(1);
  s.workloads = {with_history("conversation", {h})};
  const Demand d = forecast_demand(s, 1);
  check_document(d);
  CHECK(d.forecasts[0].mean_per_s[0] == Approx(mean));
  CHECK(d.blocks.size() == 1);
  // An hour of this service: 16 to 165 times (SOURCES.md of the data).
  const auto told = std::find_if(d.remarks.begin(), d.remarks.end(), [](const std::string& r) { return r.find("within an hour") != std::string::npos; });
  REQUIRE(told != d.remarks.end());
  std::printf("%s\n", told->c_str());
}

TEST_CASE("versions share a workload's load, which is forecast as one", "[forecast]") {
  Scenario whole = quarters(4);
  const Workload chat = with_history("chat", {hourly(40, 100, 0.01, seconds("2026-02-01"))});
  whole.workloads = {chat};
  Scenario parts = whole;
  parts.workloads[0].load_share = {1, 0.7, 0.25, 0};
  Workload version = chat;
  version.name = "chat/newer";
  version.version_of = "chat";
  version.demand = {};
  version.load_share = {0, 0.3, 0.75, 1};
  parts.workloads.push_back(version);
  const Demand one = forecast_demand(whole, 1), two = forecast_demand(parts, 1);
  REQUIRE(two.series.size() == 2 * one.series.size());
  REQUIRE(two.forecasts.size() == 1);
  CHECK(two.forecasts[0].mean_per_s == one.forecasts[0].mean_per_s);
  for (int s = 0; s < static_cast<int>(one.outcomes.size()); ++s)
    for (int t = 0; t < 4; ++t)
      for (int b = 0; b < static_cast<int>(one.blocks.size()); ++b) {
        CHECK(two.load(two.series[0], s, t, b) + two.load(two.series[1], s, t, b) == Approx(one.load(one.series[0], s, t, b)));
        CHECK(two.load(two.series[1], s, t, b) == Approx(version.load_share[static_cast<std::size_t>(t)] * one.load(one.series[0], s, t, b)));
      }
}
