// CSV of observations to regular series.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/scenario/load.hpp"

namespace tonnage::scenario {

namespace {

struct Observation {
  long long time = 0;
  double value = 0;   ///< NaN: blank
  Mark mark;
};

using Observations = std::vector<std::pair<std::string, std::vector<Observation>>>;  // by series, in order of appearance

std::vector<Observation>& series_of(Observations& all, std::map<std::string, std::size_t>& index, const std::string& name) {
  const auto [found, fresh] = index.emplace(name, all.size());
  if (fresh) all.push_back({name, {}});
  return all[found->second].second;
}

/// A time stamp, or a whole number (a step count, taken as hours when `steps_allowed`).
bool read_time(const CsvField& field, bool steps_allowed, long long& out, Diagnostics& diagnostics) {
  const std::string_view text = trim(field.text);
  if (const auto time = parse_time(text)) {
    out = *time;
    return true;
  }
  const auto step = parse_integer(text);
  if (steps_allowed && step && *step >= -1000000000 && *step <= 1000000000) {
    out = *step * 3600;
    return true;
  }
  diagnostics.error("csv-time", "'" + field.text + "' is not a time, expected e.g. 2027-01-31 or 2027-01-31 13:00 (UTC)", field.mark);
  return false;
}

bool read_value(const CsvField& field, bool allow_negative, double& out, Diagnostics& diagnostics) {
  const std::string text = lower(trim(field.text));
  if (text.empty() || text == "na" || text == "nan") {
    out = std::nan("");
    return true;
  }
  if (!read_number(field, out, diagnostics)) return false;
  if (out >= 0 || allow_negative) return true;
  diagnostics.error("csv-range", "demand is negative", field.mark);
  return false;
}

constexpr double max_steps = 4e6;

/// Step of sorted distinct times: calendar months when all fall on one day of a month, else the greatest common divisor.
long long step_of(const std::vector<Observation>& items) {
  long long step = 0;
  for (std::size_t i = 1; i < items.size(); ++i) step = std::gcd(step, items[i].time - items[i - 1].time);
  return step == 0 ? 3600 : step;
}

constexpr long long month_step = 2629800;

std::optional<std::vector<long long>> month_indices(const std::vector<Observation>& items) {
  std::vector<long long> out;
  const auto day_of = [](long long time) { return std::chrono::year_month_day{Date{std::chrono::days{time / 86400}}}; };
  if (items.size() < 3 || items[0].time % 86400 != 0 || items[0].time < 0) return std::nullopt;
  const auto first = day_of(items[0].time);
  for (const Observation& item : items) {
    if (item.time % 86400 != 0 || item.time < 0) return std::nullopt;
    const auto day = day_of(item.time);
    if (day.day() != first.day()) return std::nullopt;
    out.push_back((static_cast<int>(day.year()) - static_cast<int>(first.year())) * 12LL + static_cast<int>(static_cast<unsigned>(day.month())) -
                  static_cast<int>(static_cast<unsigned>(first.month())));
  }
  return out;
}

bool regular_series(const std::string& name, std::vector<Observation> items, double factor, HistorySeries& out, Diagnostics& diagnostics, std::vector<Mark>* rows = nullptr) {
  std::stable_sort(items.begin(), items.end(), [](const Observation& a, const Observation& b) { return a.time < b.time; });
  const int before = diagnostics.error_count();
  for (std::size_t i = 1; i < items.size(); ++i)
    if (items[i].time == items[i - 1].time)
      diagnostics.error("csv-duplicate", fmt::format("'{}' has this time twice, first in line {}", name.empty() ? "value" : name, std::min(items[i - 1].mark.line, items[i].mark.line)),
                        items[i].mark.line > items[i - 1].mark.line ? items[i].mark : items[i - 1].mark);
  if (diagnostics.error_count() > before) return false;
  out.origin = name;
  out.start_s = items.front().time;
  const auto months = month_indices(items);
  out.step_s = months ? month_step : step_of(items);
  const long long last = months ? months->back() : (items.back().time - out.start_s) / out.step_s;
  if (static_cast<double>(last) > std::max(1000.0, 50.0 * static_cast<double>(items.size())) || static_cast<double>(last) > max_steps) {
    diagnostics.error("csv-irregular", fmt::format("the times of '{}' are not regular: the common step would be {} s", name.empty() ? "value" : name, out.step_s), items.front().mark);
    return false;
  }
  out.values.assign(static_cast<std::size_t>(last) + 1, std::nan(""));
  for (std::size_t i = 0; i < items.size(); ++i) {
    const long long at = months ? (*months)[i] : (items[i].time - out.start_s) / out.step_s;
    out.values[static_cast<std::size_t>(at)] = items[i].value * factor;
    if (rows != nullptr) rows->resize(static_cast<std::size_t>(at) + 1, rows->empty() ? items[i].mark : rows->back());
    if (rows != nullptr) rows->back() = items[i].mark;
  }
  return true;
}

/// Which columns hold time, value, origin and workload; a wide table has value = -1.
struct HistoryColumns {
  int time = -1, value = -1, series = -1, workload = -1;
};

Observations collect(const CsvTable& table, const HistoryColumns& columns, const std::string& workload, bool alone, Diagnostics& diagnostics) {
  Observations all;
  std::map<std::string, std::size_t> index;
  for (const CsvRow& row : table.rows) {
    const auto at = [&](int i) -> const CsvField& { return row.fields[static_cast<std::size_t>(i)]; };
    if (columns.workload >= 0 && !alone && at(columns.workload).text != workload) continue;
    long long time = 0;
    if (!read_time(at(columns.time), alone, time, diagnostics)) continue;
    double value = 0;
    if (columns.value >= 0) {
      const std::string name = columns.series >= 0 ? at(columns.series).text : "";
      if (read_value(at(columns.value), alone, value, diagnostics)) series_of(all, index, name).push_back({time, value, at(columns.time).mark});
      continue;
    }
    for (int i = 0; i < static_cast<int>(row.fields.size()); ++i) {
      if (i == columns.time) continue;
      if (read_value(at(i), alone, value, diagnostics)) series_of(all, index, table.header.fields[static_cast<std::size_t>(i)].text).push_back({time, value, at(columns.time).mark});
    }
  }
  return all;
}

int first_column(const CsvTable& table, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const int found = table.column(name); found >= 0) return found;
  return -1;
}

}  // namespace

std::vector<LocatedSeries> read_history(const OpenedFile& file, const std::string& workload, double unit_factor, Diagnostics& diagnostics) {
  const CsvTable table = read_csv(file.text, file.source, diagnostics);
  if (table.header.fields.empty()) return {};
  HistoryColumns columns{table.column("time"), table.column("value"), table.column("origin"), table.column("workload")};
  if (columns.time < 0) {
    diagnostics.error("csv-column", "column 'time' is missing", {file.source, 1, 1, 0}, "", "expected: time,value or time,origin,value or time,workload,origin,value, or time and a column per origin");
    return {};
  }
  const Observations all = collect(table, columns, workload, false, diagnostics);
  if (all.empty()) {
    if (!diagnostics.has_errors()) diagnostics.error("csv-empty", fmt::format("there is no observation of workload '{}'", workload), {file.source, 1, 1, 0});
    return {};
  }
  std::vector<LocatedSeries> out;
  for (const auto& [name, items] : all) {
    if (std::all_of(items.begin(), items.end(), [](const Observation& o) { return std::isnan(o.value); })) {
      diagnostics.error("csv-empty", fmt::format("every value{} is blank", name.empty() ? "" : " of '" + name + "'"), items.front().mark);
      continue;
    }
    LocatedSeries located;
    if (regular_series(name, items, unit_factor, located.series, diagnostics, &located.rows)) out.push_back(std::move(located));
  }
  return out;
}

namespace {

/// "14 days": steps as a time.
std::string time_words(std::size_t steps, long long step_s) {
  const auto count = [](long long number, const char* unit) { return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s"); };
  const long long total = static_cast<long long>(steps) * step_s;
  if (step_s == month_step) return count(static_cast<long long>(steps), "month");
  if (total % 86400 == 0) return count(total / 86400, "day");
  if (total % 3600 == 0) return count(total / 3600, "hour");
  return count(total, "second");
}

}  // namespace

void check_gaps(const std::string& workload, const LocatedSeries& located, bool accepted, Diagnostics& diagnostics) {
  if (accepted) return;
  const HistorySeries& series = located.series;
  int reported = 0;
  for (std::size_t i = 0; i < series.values.size();) {
    if (!std::isnan(series.values[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < series.values.size() && std::isnan(series.values[end])) ++end;
    const std::string from = time_to_string(series.start_s + static_cast<long long>(i) * series.step_s);
    const std::string origin = series.origin.empty() ? "" : " from '" + series.origin + "'";
    if (++reported <= 3)
      diagnostics.error("gap", fmt::format("workload '{}': its history{} has no value for {} from {}", workload, origin, time_words(end - i, series.step_s), from), located.rows[i], "",
                        "'gaps: interpolate' accepts it");
    i = end;
  }
  if (reported > 3) diagnostics.error("gap", fmt::format("workload '{}': its history has {} gaps in all", workload, reported), located.rows.back(), "", "'gaps: interpolate' accepts them");
}

std::vector<NamedSeries> read_series(std::string_view text, int file, Diagnostics& diagnostics) {
  const CsvTable table = read_csv(text, file, diagnostics);
  if (table.header.fields.empty()) return {};
  HistoryColumns columns{first_column(table, {"time", "t"}), table.column("value"), first_column(table, {"series", "origin", "workload"}), -1};
  if (columns.time < 0) {
    diagnostics.error("csv-column", "column 'time' (or 't') is missing", {file, 1, 1, 0}, "", "expected: time,value or series,t,value, or time and a column per series");
    return {};
  }
  std::vector<NamedSeries> out;
  for (const auto& [name, items] : collect(table, columns, "", true, diagnostics)) {
    NamedSeries one{name.empty() ? "value" : name, {}};
    if (regular_series(name, items, 1, one.series, diagnostics)) out.push_back(std::move(one));
  }
  const bool blank = std::all_of(out.begin(), out.end(), [](const NamedSeries& s) { return std::all_of(s.series.values.begin(), s.series.values.end(), [](double v) { return std::isnan(v); }); });
  if (blank && !diagnostics.has_errors()) diagnostics.error("csv-empty", "there is no observation", {file, 1, 1, 0});
  return out;
}

}  // namespace tonnage::scenario
