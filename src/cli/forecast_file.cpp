// forecast of the series of a CSV file.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "context.hpp"
#include "holidays.hpp"
#include "progress.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/gzip.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/forecast/components.hpp"
#include "tonnage/forecast/effects.hpp"
#include "tonnage/forecast/sample_paths.hpp"
#include "tonnage/forecast/series.hpp"
#include "tonnage/report/html.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::cli {

namespace {

using report::Column;
using report::Table;

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

struct Frequency {
  const char* name;
  long long step_s;
  int season;
};
constexpr Frequency frequencies[] = {{"hourly", 3600, 24}, {"daily", 86400, 7}, {"weekly", 604800, 52}, {"monthly", 2629800, 12}, {"quarterly", 7889400, 4}, {"yearly", 31557600, 1}};

/// Step in seconds for series whose times are whole numbers; 0: not said.
long long parse_frequency(const std::string& text) {
  if (text.empty()) return 0;
  std::vector<std::string> names;
  for (const Frequency& f : frequencies) {
    if (text == f.name) return f.step_s;
    names.emplace_back(f.name);
  }
  const std::string close = suggest(text, names);
  throw UsageError{"unknown frequency '" + text + "', expected " + name_list(names) + (close.empty() ? "" : "; did you mean '" + close + "'?")};
}

std::vector<std::string> parse_methods(const std::string& text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  const std::vector<std::string> known = forecast::method_names();
  for (const std::string_view part : split(text, ',')) {
    const std::string name(trim(part));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string close = suggest(name, known);
      throw UsageError{"unknown method '" + name + "'" + (close.empty() ? ", known: " + join(known, ", ") : "; did you mean '" + close + "'?")};
    }
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  }
  return out;
}

/// The season that a spacing suggests, in steps: the longest usual one that the history holds twice.
int usual_season(long long step_s, std::size_t count) {
  const auto day = static_cast<int>(86400 / std::max(1LL, step_s));
  std::vector<int> candidates;
  if (step_s <= 21600) candidates = {7 * day, day};
  for (const Frequency& f : frequencies)
    if (f.step_s == step_s && step_s > 21600) candidates = {f.season};
  for (const int season : candidates)
    if (season > 1 && 2 * static_cast<std::size_t>(season) <= count) return season;
  return 1;
}

/// Where nothing says what a step is: the usual season that the data show most clearly, if any.
int found_season(const std::vector<double>& values) {
  int best = 1;
  double strongest = 0.3;
  for (const int season : {4, 7, 12, 24, 52}) {
    if (values.size() < static_cast<std::size_t>(3 * season)) continue;
    std::vector<double> filled = forecast::fill_gaps(values, 1), change;
    for (std::size_t i = 1; i < filled.size(); ++i) change.push_back(filled[i] - filled[i - 1]);
    if (!forecast::is_seasonal(change, season)) continue;
    double own = 0, all = 0;
    for (std::size_t i = 0; i < change.size(); ++i) {
      all += change[i] * change[i];
      if (i >= static_cast<std::size_t>(season)) own += change[i] * change[i - static_cast<std::size_t>(season)];
    }
    if (all > 0 && own / all > strongest) strongest = own / all, best = season;
  }
  return best;
}

std::string quantile_name(double q) { return "q" + shortest(std::round(q * 1e6) / 1e6); }

struct SeriesRun {
  scenario::NamedSeries input;
  int season = 1;
  int horizon = 0;
  forecast::SeriesForecast result;
  forecast::Effects effects;
  std::vector<forecast::Regressor> regressors;

  /// Of a step ahead; `k` counts from the end of the history, below 0 within it.
  std::string time(long long k) const {
    const long long at = scenario::time_at(input, static_cast<long long>(input.series.values.size()) + k);
    return input.counted ? std::to_string(at / 3600) : time_to_string(at);
  }
  /// A bound of an interval with the effects put back, and their error added in quadrature.
  double bound(double value, double level, std::size_t k) const {
    if (regressors.empty()) return value;
    const double mean = with_effects(result.mean[k], k), at = with_effects(value, k), z = forecast::normal_quantile(0.5 * (1 + level));
    const double error = z * effects.error(regressors, input.series.values.size() + k), more = effects.logs ? mean * std::expm1(std::min(error, 50.0)) : error;
    const double moved = mean + (value < result.mean[k] ? -1 : 1) * std::hypot(at - mean, more);
    return effects.logs ? std::max(moved, 0.0) : moved;
  }
  double with_effects(double value, std::size_t k) const { return regressors.empty() ? value : effects.put_back(value, regressors, input.series.values.size() + k); }
};

/// Decimals for people: two, and more where a whole series is small.
int decimals_of(const std::vector<SeriesRun>& runs) {
  double least = 1;
  for (const SeriesRun& run : runs) {
    double size = 0;
    for (const double v : run.result.mean) size += std::abs(v) / static_cast<double>(run.result.mean.size());
    if (size > 0) least = std::min(least, size);
  }
  return std::min(2 - static_cast<int>(std::floor(std::log10(least))), 8);
}

Table values_table(const std::vector<SeriesRun>& runs, const std::vector<double>& levels) {
  const int digits = decimals_of(runs);
  Table table{"forecast", "", {{"series", "series"}, {"step", "step", Column::Kind::number, 0}, {"time", "time"}, {"mean", "mean", Column::Kind::number, digits}, {"median", "median", Column::Kind::number, digits}}, {}, false, ""};
  std::map<double, std::pair<std::size_t, bool>> quantiles;  // probability -> level, upper
  for (std::size_t i = 0; i < levels.size(); ++i) {
    quantiles[(1 - levels[i]) / 2] = {i, false};
    quantiles[(1 + levels[i]) / 2] = {i, true};
  }
  for (const auto& [q, at] : quantiles) table.columns.push_back({quantile_name(q), quantile_name(q), Column::Kind::number, digits});
  for (const SeriesRun& run : runs)
    for (std::size_t k = 0; k < run.result.mean.size(); ++k) {
      const double mean = run.with_effects(run.result.mean[k], k);
      std::vector<report::Cell> row = {run.input.name, static_cast<double>(k + 1), run.time(static_cast<long long>(k)), mean, mean};
      for (const auto& [q, at] : quantiles) row.emplace_back(run.bound(at.second ? run.result.intervals[at.first].upper[k] : run.result.intervals[at.first].lower[k], levels[at.first], k));
      table.rows.push_back(std::move(row));
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

/// Text of an input file, unpacked when it is gzip.
std::string read_table_text(const Context& context, const std::string& path) {
  std::string text = read_input(context, path);
  if (!is_gzip(text)) return text;
  std::string problem;
  auto plain = gunzip(text, scenario::max_file_bytes, problem);
  if (!plain) throw InputError{"gzip", "'" + path + "' " + problem};
  return std::move(*plain);
}

/// Values before the first are no gap: the series began there.
void begin_at_first(scenario::NamedSeries& series) {
  std::vector<double>& values = series.series.values;
  const auto first = std::find_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  if (first == values.begin() || first == values.end()) return;
  series.series.start_s = scenario::time_at(series, first - values.begin());
  values.erase(values.begin(), first);
}

/// The series of a file in the order of their names, or nothing when it has mistakes, which are shown.
std::optional<std::vector<SeriesRun>> read_runs(const Context& context, const std::string& path) {
  Diagnostics diagnostics;
  const std::string text = read_table_text(context, path);
  const int file = diagnostics.sources.add(path, text);
  std::vector<SeriesRun> runs;
  for (scenario::NamedSeries& series : scenario::read_series(text, file, diagnostics)) runs.push_back({std::move(series), 1, 0, {}, {}, {}});
  context.say_diagnostics(diagnostics, true);
  if (diagnostics.has_errors()) return std::nullopt;
  for (SeriesRun& run : runs) begin_at_first(run.input);
  std::stable_sort(runs.begin(), runs.end(), [](const SeriesRun& a, const SeriesRun& b) { return a.input.name < b.input.name; });
  return runs;
}

void choose_season(const Options& o, SeriesRun& run) {
  const long long said = parse_frequency(o.frequency);
  const scenario::NamedSeries& in = run.input;
  if (said > 0 && !in.counted && said != in.series.step_s) throw UsageError{fmt::format("--frequency {} is {} s a step, but the times of '{}' are {} s apart", o.frequency, said, printable(in.name), in.series.step_s)};
  if (o.season > 0) run.season = o.season;
  else if (said > 0) run.season = usual_season(said, in.series.values.size());
  else if (in.season > 0) run.season = in.season;
  else run.season = in.counted ? found_season(in.series.values) : usual_season(in.series.step_s, in.series.values.size());
  run.horizon = o.horizon.empty() ? std::max(1, 2 * run.season) : parse_horizon(o.horizon, said > 0 ? said : in.series.step_s);
}

/// Regressors of every series by time, their names added to `names`; false when the file does not cover history and horizon.
bool add_regressors(const Context& context, std::vector<SeriesRun>& runs, std::vector<std::string>& names) {
  const auto influences = read_runs(context, context.options.regressors);
  if (!influences) return false;
  for (const SeriesRun& influence : *influences) names.push_back(influence.input.name);
  for (SeriesRun& run : runs) {
    const HistorySeries& h = run.input.series;
    for (const SeriesRun& influence : *influences) {
      const std::vector<double>& x = influence.input.series.values;
      forecast::Regressor values;
      for (std::size_t t = 0; t < h.values.size() + static_cast<std::size_t>(run.horizon); ++t) {
        const auto i = scenario::step_at(influence.input, scenario::time_at(run.input, static_cast<long long>(t)));
        const bool there = i && *i >= 0 && *i < static_cast<long long>(x.size()) && std::isfinite(x[static_cast<std::size_t>(*i)]);
        if (!there) throw InputError{"regressors", fmt::format("'{}' has no value of '{}' at step {} of series '{}'; history and horizon must be covered", context.options.regressors, influence.input.name, t + 1, run.input.name)};
        values.push_back(x[static_cast<std::size_t>(*i)]);
      }
      run.regressors.push_back(std::move(values));
    }
  }
  return true;
}

/// Holidays as further regressors; false when their file has mistakes.
bool add_holidays(const Context& context, std::vector<SeriesRun>& runs, std::vector<std::string>& names) {
  const std::vector<Holiday> holidays = read_holidays(context, context.options.holidays);
  if (holidays.empty()) return false;
  for (const Holiday& holiday : holidays) names.push_back(holiday.name);
  for (SeriesRun& run : runs) {
    const HistorySeries& h = run.input.series;
    if (run.input.counted) throw UsageError{"--holidays needs times that are dates; those of '" + printable(run.input.name) + "' are whole numbers"};
    for (const Holiday& holiday : holidays) {
      run.regressors.push_back(days_of(holiday, h, run.horizon));
      const auto known = run.regressors.back().begin() + static_cast<std::ptrdiff_t>(h.values.size());
      const bool past = std::any_of(run.regressors.back().begin(), known, [](double v) { return v > 0; }), ahead = std::any_of(known, run.regressors.back().end(), [](double v) { return v > 0; });
      if (ahead && !past && !context.options.quiet)
        context.say(fmt::format("warning: the history of '{}' holds no day of holiday '{}', which comes: it is forecast as any other day\n", printable(run.input.name), printable(holiday.name)));
    }
  }
  return true;
}

/// Everything known of the influences on the series, and their effects; false when a file has mistakes.
bool add_influences(const Context& context, std::vector<SeriesRun>& runs, std::vector<std::string>& names) {
  const Options& o = context.options;
  if (!o.regressors.empty() && !add_regressors(context, runs, names)) return false;
  if (!o.holidays.empty() && !add_holidays(context, runs, names)) return false;
  for (SeriesRun& run : runs)
    if (!run.regressors.empty()) run.effects = forecast::estimate_effects(run.input.series.values, run.regressors, run.season);
  return true;
}

/// The sum of the series that row `row` of the hierarchy adds up, all of which end at the same time; one that begins later adds nothing before.
SeriesRun sum_of(const std::vector<SeriesRun>& runs, const forecast::Hierarchy& hierarchy, int row, const std::string& name) {
  const SeriesRun* longest = nullptr;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (hierarchy.at(row, static_cast<int>(i)) > 0 && (longest == nullptr || runs[i].input.series.values.size() > longest->input.series.values.size())) longest = &runs[i];
  SeriesRun sum = *longest;
  sum.input.name = sum.input.series.origin = name;
  std::vector<double>& values = sum.input.series.values;
  std::fill(values.begin(), values.end(), 0.0);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::vector<double>& part = runs[i].input.series.values;
    for (std::size_t t = 0; hierarchy.at(row, static_cast<int>(i)) > 0 && t < part.size(); ++t) values[values.size() - part.size() + t] += part[t];
  }
  return sum;
}

/// Series add up when they have the same steps and end at the same time.
void check_ends(const std::vector<SeriesRun>& runs) {
  const SeriesRun& first = runs.front();
  for (const SeriesRun& run : runs)
    if (run.input.series.step_s != first.input.series.step_s || run.time(-1) != first.time(-1))
      throw InputError{"total", fmt::format("series '{}' ends at {} with steps of {} s, '{}' at {} with {} s: there is no total; values that are not known yet may be left blank", run.input.name, run.time(-1), run.input.series.step_s,
                                            first.input.name, first.time(-1), first.input.series.step_s)};
}

/// Puts the total and the groups, where names nest, before the series. Returns what adds up to what.
forecast::Hierarchy add_sums(std::vector<SeriesRun>& runs, const std::string& separator) {
  check_ends(runs);
  std::vector<std::string> names;
  for (const SeriesRun& run : runs) names.push_back(run.input.name);
  forecast::Nested nested{forecast::total_of(static_cast<int>(runs.size())), {}};
  if (!separator.empty()) nested = forecast::nested(names, separator);
  if (!separator.empty() && nested.groups.empty()) throw UsageError{fmt::format("--nested '{}' makes no group: no names but all of them have the same before it", printable(separator))};
  nested.groups.insert(nested.groups.begin(), "total");
  std::vector<SeriesRun> sums;
  for (const std::string& name : nested.groups) {
    if (std::find(names.begin(), names.end(), name) != names.end())
      throw UsageError{fmt::format("{} adds a series '{}', but the file has one of that name", name == "total" ? "--total" : "--nested", printable(name))};
    sums.push_back(sum_of(runs, nested.hierarchy, static_cast<int>(sums.size()), name));
  }
  runs.insert(runs.begin(), std::make_move_iterator(sums.begin()), std::make_move_iterator(sums.end()));
  return nested.hierarchy;
}

std::string effects_words(const SeriesRun& run, const std::vector<std::string>& names) {
  std::string out;
  const std::size_t k = run.regressors.size();
  for (std::size_t j = 0; j < k; ++j) {
    const auto known = run.regressors[j].begin() + static_cast<std::ptrdiff_t>(run.input.series.values.size());
    if (std::adjacent_find(run.regressors[j].begin(), known, std::not_equal_to<>()) == known) {
      const bool none = known == run.regressors[j].begin() || run.regressors[j].front() == 0;
      out += fmt::format("{}{} not estimated ({})", j == 0 ? "; effects: " : ", ", names[j], none ? "none in the history" : "the same throughout the history");
      continue;
    }
    const double effect = run.effects.coefficient[j], error = std::sqrt(run.effects.covariance[j * k + j]);
    if (effect == 0 && error == 0) {
      out += fmt::format("{}{} not told apart from the season", j == 0 ? "; effects: " : ", ", names[j]);
      continue;
    }
    out += fmt::format("{}{} {}", j == 0 ? "; effects: " : ", ", names[j],
                       run.effects.logs ? fmt::format("{:+.3g} % (standard error {:.2g})", 100 * std::expm1(effect), 100 * error * std::exp(effect)) : fmt::format("{:+.3g} (standard error {:.2g})", effect, error));
  }
  return out;
}

void check_paths(const Options& o, const std::vector<SeriesRun>& runs) {
  double numbers = 0;
  for (const SeriesRun& run : runs) numbers += static_cast<double>(run.horizon) * o.paths;
  if (numbers > 5e7) throw UsageError{fmt::format("--paths {} would draw {:.3g} numbers, allowed are 50 million", o.paths, numbers)};
}

void write_paths(const Context& context, const std::vector<SeriesRun>& runs, const std::vector<forecast::SamplePaths>& paths) {
  const Options& o = context.options;
  std::string out = "series,path,step,time,value\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string name = csv_escape(runs[i].input.name) + ",";
    std::vector<std::string> ahead;  // what is the same in every path
    for (int k = 0; k < paths[i].horizon; ++k) ahead.push_back("," + std::to_string(k + 1) + "," + runs[i].time(k) + ",");
    for (int j = 0; j < o.paths; ++j) {
      const std::string path = name + std::to_string(j + 1);
      for (int k = 0; k < paths[i].horizon; ++k) {
        out += path;
        out += ahead[static_cast<std::size_t>(k)];
        out += shortest(runs[i].with_effects(paths[i].at(j, k), static_cast<std::size_t>(k)));
        out += '\n';
      }
    }
  }
  write_file(context.environment.files, o.paths_out, out);
}

std::vector<report::FanSeries> fans_of(const std::vector<SeriesRun>& runs) {
  std::vector<report::FanSeries> out;
  for (const SeriesRun& run : runs) {
    report::FanSeries one{run.input.name, {}, {}, run.input.series.values, {}, {}};
    for (std::size_t t = 0; t < one.past.size(); ++t) one.past_times.push_back(run.time(static_cast<long long>(t) - static_cast<long long>(one.past.size())));
    for (std::size_t k = 0; k < run.result.mean.size(); ++k) {
      one.times.push_back(run.time(static_cast<long long>(k)));
      one.middle.push_back(run.with_effects(run.result.mean[k], k));
    }
    for (const forecast::Interval& interval : run.result.intervals) {
      report::FanSeries::Band band{interval.level, {}, {}};
      for (std::size_t k = 0; k < one.middle.size(); ++k) {
        band.low.push_back(run.bound(interval.lower[k], interval.level, k));
        band.high.push_back(run.bound(interval.upper[k], interval.level, k));
      }
      one.bands.push_back(std::move(band));
    }
    out.push_back(std::move(one));
  }
  return out;
}

void emit_results(const Context& context, const std::vector<SeriesRun>& runs, const std::vector<double>& levels) {
  const Options& o = context.options;
  const Table values = values_table(runs, levels), backtest = backtest_table(runs);
  report::Page page;
  page.title = "forecast of " + o.input;
  Table shown = backtest;  // reasons are sentences: people read them below
  shown.columns.pop_back();
  for (auto& row : shown.rows) row.pop_back();
  for (const SeriesRun& run : runs) page.notes.push_back(run.input.name + ": " + run.result.method + ", " + run.result.reason);
  if (o.backtest) page.tables = {shown};
  else page.tables = {values, shown};
  if (context.format() == "html" && !o.backtest) return context.emit(report::series_html(page, fans_of(runs)));
  context.emit(page, o.backtest ? backtest : values, report::table_json("forecast", {values, backtest}));
}

}  // namespace

int forecast_file_command(const Context& context) {
  const Options& o = context.options;
  if (o.methods == "list") {
    std::string text;
    for (const std::string& name : forecast::method_names()) text += fmt::format("{:<20} {}\n", name, forecast::method_title(name));
    context.emit(text);
    return done;
  }
  const std::vector<double> levels = parse_levels(o.levels);
  const std::vector<std::string> methods = parse_methods(o.methods);
  (void)parse_frequency(o.frequency);
  (void)context.format();
  if ((o.paths > 0) != !o.paths_out.empty()) throw UsageError{"--paths and --paths-out go together"};
  auto runs = read_runs(context, o.input);
  if (!runs) return bad_input;
  for (SeriesRun& run : *runs) choose_season(o, run);
  if (o.total && !(o.regressors.empty() && o.holidays.empty())) throw UsageError{std::string("--total and ") + (o.regressors.empty() ? "--holidays" : "--regressors") + " do not go together"};
  std::vector<std::string> names;
  if (!add_influences(context, *runs, names)) return bad_input;
  if (!o.nested.empty() && !o.total) throw UsageError{"--nested goes with --total"};
  const forecast::Hierarchy hierarchy = o.total ? add_sums(*runs, o.nested) : forecast::Hierarchy{};
  check_paths(o, *runs);
  std::vector<forecast::SeriesInput> inputs;
  constexpr int most_warnings = 5;
  int with_gaps = 0;
  for (const SeriesRun& run : *runs) {
    const auto gaps = std::count_if(run.input.series.values.begin(), run.input.series.values.end(), [](double v) { return std::isnan(v); });
    with_gaps += gaps > 0;
    if (gaps > 0 && o.gaps == "error") throw InputError{"gap", fmt::format("series '{}' has {} missing value{}; '--gaps model' accepts them", run.input.name, gaps, gaps == 1 ? "" : "s")};
    if (gaps > 0 && with_gaps <= most_warnings && !o.quiet) context.say(fmt::format("warning: series '{}' has {} missing value{}; {} modelled\n", printable(run.input.name), gaps, gaps == 1 ? "" : "s", gaps == 1 ? "it is" : "they are"));
    inputs.push_back({run.input.name, run.regressors.empty() ? run.input.series.values : run.effects.history, {run.season, run.horizon, levels, false, methods}});
  }
  if (with_gaps > most_warnings && !o.quiet) context.say(fmt::format("warning: {} series in all have missing values\n", with_gaps));
  const int threads = threads_of(context);
  std::vector<forecast::SamplePaths> paths;
  {
    ProgressLine line(context);
    const ProgressSink sink = line.sink();
    const int count = static_cast<int>(inputs.size());
    std::vector<forecast::SeriesForecast> results = forecast::forecast_together(inputs, threads, [&](int n) {
      if (sink) sink({"forecast", n, count});
    });
    if (o.total) paths = forecast::reconcile_sums(hierarchy, inputs, results, std::max(o.paths, 1000), o.seed().value_or(1), threads);
    else if (o.paths > 0) paths = forecast::sample_paths(inputs, results, o.paths, o.seed().value_or(1), threads);
    for (std::size_t i = 0; i < results.size(); ++i) (*runs)[i].result = std::move(results[i]);
  }
  if (!names.empty())
    for (SeriesRun& run : *runs) run.result.reason += effects_words(run, names);
  if (o.paths > 0) write_paths(context, *runs, paths);
  emit_results(context, *runs, levels);
  return done;
}

}  // namespace tonnage::cli
