// forecast: of a scenario's demand, or of the series of a CSV file.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "context.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/parallel.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/forecast/series.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"

namespace tonnage::cli {

namespace {

using report::Column;
using report::Table;

bool is_csv(const std::string& path) { return path.size() > 4 && lower(path.substr(path.size() - 4)) == ".csv"; }

/// "80,95" -> 0.8, 0.95
std::vector<double> parse_levels(const std::string& text) {
  std::vector<double> out;
  for (const std::string_view part : split(text, ',')) {
    const auto level = parse_double(trim(part));
    if (!level || *level <= 0 || *level >= 100) throw UsageError{"'" + text + "' are not levels, expected percentages such as 80,95"};
    out.push_back(*level / 100);
  }
  return out;
}

/// Steps: a plain number, or a time such as 8w or "8 weeks".
int parse_horizon(const std::string& text, long long step_s) {
  if (text.empty()) return 0;
  if (const auto steps = parse_integer(text)) {
    if (*steps < 1 || *steps > 100000) throw UsageError{"--horizon is 1 to 100000 steps"};
    return static_cast<int>(*steps);
  }
  std::string spelled = text;
  if (spelled.back() == 'w' && spelled.find("week") == std::string::npos) spelled.replace(spelled.size() - 1, 1, " weeks");
  std::string problem;
  const auto time = parse_quantity(spelled, Currencies{}, problem);
  if (!time || time->dimension.power[Dimension::time] != 1 || time->value <= 0) throw UsageError{"'" + text + "' is not a horizon, expected steps or a time, e.g. 48 or 8w"};
  const double steps = std::round(time->value / static_cast<double>(step_s));
  if (steps < 1 || steps > 100000) throw UsageError{fmt::format("--horizon {} is {:.0f} steps of {} s, allowed is 1 to 100000", text, steps, step_s)};
  return static_cast<int>(steps);
}

/// The season that a spacing suggests, in steps: the longest usual one that the history holds twice.
int usual_season(long long step_s, std::size_t count) {
  const auto day = static_cast<int>(86400 / std::max(1LL, step_s));
  std::vector<int> candidates;
  if (step_s <= 21600) candidates = {7 * day, day};
  else if (step_s == 86400) candidates = {7};
  else if (step_s == 604800) candidates = {52};
  else if (step_s == 2629800) candidates = {12};
  for (const int season : candidates)
    if (season > 1 && 2 * static_cast<std::size_t>(season) <= count) return season;
  return 1;
}

std::string quantile_name(double q) { return "q" + shortest(std::round(q * 1e6) / 1e6); }

struct SeriesRun {
  scenario::NamedSeries input;
  int season = 1;
  int horizon = 0;
  forecast::SeriesForecast result;
};

Table values_table(const std::vector<SeriesRun>& runs, const std::vector<double>& levels) {
  Table table{"forecast", "", {{"series", "series"}, {"step", "step", Column::Kind::number, 0}, {"time", "time"}, {"mean", "mean", Column::Kind::number, 2}}, {}, false, ""};
  std::map<double, std::pair<std::size_t, bool>> quantiles;  // probability -> level, upper
  for (std::size_t i = 0; i < levels.size(); ++i) {
    quantiles[(1 - levels[i]) / 2] = {i, false};
    quantiles[(1 + levels[i]) / 2] = {i, true};
  }
  for (const auto& [q, at] : quantiles) table.columns.push_back({quantile_name(q), quantile_name(q), Column::Kind::number, 2});
  for (const SeriesRun& run : runs) {
    const long long end = run.input.series.start_s + static_cast<long long>(run.input.series.values.size()) * run.input.series.step_s;
    for (std::size_t k = 0; k < run.result.mean.size(); ++k) {
      std::vector<report::Cell> row = {run.input.name, static_cast<double>(k + 1), time_to_string(end + static_cast<long long>(k) * run.input.series.step_s), run.result.mean[k]};
      for (const auto& [q, at] : quantiles) row.emplace_back(at.second ? run.result.intervals[at.first].upper[k] : run.result.intervals[at.first].lower[k]);
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table backtest_table(const std::vector<SeriesRun>& runs) {
  const auto kind = Column::Kind::number;
  Table table{"backtest", "How good the method was on the past", {{"series", "series"}, {"method", "method"}, {"season", "season", kind, 0}, {"origins", "origins", kind, 0}, {"error_percent", "error %", kind, 1}, {"naive_error_percent", "naive %", kind, 1},
                          {"mase", "MASE", kind, 3}, {"naive_mase", "naive", kind, 3}, {"coverage_80_percent", "80 % held", kind, 1}, {"reason", "why"}}, {}, false, ""};
  for (const SeriesRun& run : runs) {
    const Backtest& b = run.result.backtest;
    const auto some = [&](double value) { return b.origins > 0 ? report::Cell(value) : report::Cell(); };
    table.rows.push_back({run.input.name, run.result.method, static_cast<double>(run.season), static_cast<double>(b.origins), some(100 * b.error), some(100 * b.naive_error), b.naive_mase > 0 ? some(b.mase) : report::Cell(), b.naive_mase > 0 ? some(b.naive_mase) : report::Cell(), some(100 * b.coverage_80), run.result.reason});
  }
  return table;
}

int series_forecast(const Context& context) {
  const Options& o = context.options;
  const std::vector<double> levels = parse_levels(o.levels);
  (void)context.format();
  Diagnostics diagnostics;
  const std::string text = read_input(context, o.input);
  const int file = diagnostics.sources.add(o.input, text);
  std::vector<SeriesRun> runs;
  for (scenario::NamedSeries& series : scenario::read_series(text, file, diagnostics)) runs.push_back({std::move(series), 1, 0, {}});
  context.say_diagnostics(diagnostics, true);
  if (diagnostics.has_errors()) return bad_input;
  for (SeriesRun& run : runs) {
    run.season = o.season > 0 ? o.season : usual_season(run.input.series.step_s, run.input.series.values.size());
    run.horizon = o.horizon.empty() ? std::max(1, 2 * run.season) : parse_horizon(o.horizon, run.input.series.step_s);
    const auto gaps = std::count_if(run.input.series.values.begin(), run.input.series.values.end(), [](double v) { return std::isnan(v); });
    if (gaps > 0 && !o.quiet) context.say(fmt::format("warning: series '{}' has {} missing values; they are modelled\n", printable(run.input.name), gaps));
  }
  parallel_for(static_cast<int>(runs.size()), o.threads > 0 ? o.threads : context.environment.processors, [&](int i) {
    SeriesRun& run = runs[static_cast<std::size_t>(i)];
    const bool negative = std::any_of(run.input.series.values.begin(), run.input.series.values.end(), [](double v) { return v < 0; });
    run.result = forecast::forecast_series(run.input.series.values, {run.season, run.horizon, levels, negative});
  });
  const Table values = values_table(runs, levels);
  const Table backtest = backtest_table(runs);
  report::Page page;
  page.title = "forecast of " + o.input;
  Table shown = backtest;  // reasons are sentences: people read them below
  shown.columns.pop_back();
  for (auto& row : shown.rows) row.pop_back();
  for (const SeriesRun& run : runs) page.notes.push_back(run.input.name + ": " + run.result.method + ", " + run.result.reason);
  if (o.backtest) page.tables = {shown};
  else page.tables = {values, shown};
  context.emit(page, o.backtest ? backtest : values, report::table_json("forecast", {values, backtest}));
  return done;
}

}  // namespace

int forecast_command(const Context& context) {
  const Options& o = context.options;
  if (is_csv(o.input)) {
    if (!o.sets.empty() || !o.overlays.empty()) throw UsageError{"--set and --overlay change a scenario; '" + o.input + "' is a table"};
    return series_forecast(context);
  }
  if (o.season > 0 || !o.horizon.empty() || o.levels != Options{}.levels || o.backtest) throw UsageError{"--season, --horizon, --levels and --backtest go with a file that ends in .csv; a scenario says these things itself"};
  (void)context.format();
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::forecast, run_options(context));
  context.emit(report::forecast_page(run), report::forecast_table(run), context.format() == "json" ? report::to_json(run, "demand") : "");
  return done;
}

}  // namespace tonnage::cli
