#include "observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::scenario {

namespace {

std::vector<Observation>& series_of(Observations& all, std::map<std::string, std::size_t>& index, const std::string& name) {
  const auto [found, fresh] = index.emplace(name, all.size());
  if (fresh) all.push_back({name, {}});
  return all[found->second].second;
}

/// A time stamp, or a whole number (a step count, taken as hours when `steps_allowed`; else `counted` is set to false).
bool read_time(const CsvField& field, bool steps_allowed, long long& out, Diagnostics& diagnostics, bool& counted) {
  const std::string_view text = trim(field.text);
  if (const auto time = parse_time(text)) {
    out = *time;
    counted = false;
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
  if (std::abs(out) > most_value) {
    diagnostics.error("csv-range", fmt::format("'{}' is beyond {}", field.text, most_value), field.mark);
    return false;
  }
  if (out >= 0 || allow_negative) return true;
  diagnostics.error("csv-range", "demand is negative", field.mark);
  return false;
}

constexpr double max_steps = 4e6;

std::chrono::year_month_day date_at(long long time_s) { return Date{std::chrono::floor<std::chrono::days>(std::chrono::seconds{time_s})}; }

unsigned last_day(const std::chrono::year_month_day& date) { return static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day()); }

/// Positions of times on a grid, and what its step is: months that all times are whole numbers of apart, where all fall on one day of a month, else seconds.
struct Grid {
  long long step_s = 3600;
  std::vector<long long> at;
};

/// `items` are sorted and distinct. A single one says nothing of the step: a day when it is a day.
Grid grid_of(const std::vector<Observation>& items) {
  Grid grid;
  const bool months = day_of_month(items) > 0;
  for (const Observation& item : items) grid.at.push_back(months ? month_index(item.time) - month_index(items.front().time) : item.time - items.front().time);
  long long step = 0;
  for (const long long at : grid.at) step = std::gcd(step, at);
  if (step == 0) step = items.front().time % 86400 == 0 && items.front().time != 0 ? 86400 : 3600;
  for (long long& at : grid.at) at /= step;
  grid.step_s = months ? step * month_step : step;
  return grid;
}

}  // namespace

long long month_index(long long time_s) {
  const auto date = date_at(time_s);
  return 12LL * static_cast<int>(date.year()) + static_cast<unsigned>(date.month()) - 1;
}

int day_of_month(const std::vector<Observation>& items) {
  unsigned day = 0;
  for (const Observation& item : items) day = std::max(day, static_cast<unsigned>(date_at(item.time).day()));
  bool last = true;
  for (const Observation& item : items) {
    const auto date = date_at(item.time);
    if (item.time % 86400 != 0 || static_cast<unsigned>(date.day()) != std::min(day, last_day(date))) return 0;
    last = last && static_cast<unsigned>(date.day()) == last_day(date);
  }
  return items.size() < 3 ? 0 : last ? 31 : static_cast<int>(day);
}

bool regular_series(const std::string& name, std::vector<Observation> items, double factor, HistorySeries& out, Diagnostics& diagnostics, std::vector<Mark>* rows) {
  std::stable_sort(items.begin(), items.end(), [](const Observation& a, const Observation& b) { return a.time < b.time; });
  const int before = diagnostics.error_count();
  for (std::size_t i = 1; i < items.size(); ++i)
    if (items[i].time == items[i - 1].time)
      diagnostics.error("csv-duplicate", fmt::format("'{}' has this time twice, first in line {}", name.empty() ? "value" : name, std::min(items[i - 1].mark.line, items[i].mark.line)),
                        items[i].mark.line > items[i - 1].mark.line ? items[i].mark : items[i - 1].mark);
  if (diagnostics.error_count() > before) return false;
  out.origin = name;
  out.start_s = items.front().time;
  const Grid grid = grid_of(items);
  out.step_s = grid.step_s;
  const long long last = grid.at.back();
  if (static_cast<double>(last) > std::max(1000.0, 50.0 * static_cast<double>(items.size())) || static_cast<double>(last) > max_steps) {
    diagnostics.error("csv-irregular", fmt::format("the times of '{}' are not regular: the common step would be {} s", name.empty() ? "value" : name, out.step_s), items.front().mark);
    return false;
  }
  out.values.assign(static_cast<std::size_t>(last) + 1, std::nan(""));
  for (std::size_t i = 0; i < items.size(); ++i) {
    const long long at = grid.at[i];
    out.values[static_cast<std::size_t>(at)] = items[i].value * factor;
    if (rows != nullptr) rows->resize(static_cast<std::size_t>(at) + 1, rows->empty() ? items[i].mark : rows->back());
    if (rows != nullptr) rows->back() = items[i].mark;
  }
  return true;
}

Observations collect(const CsvTable& table, const HistoryColumns& columns, const std::string& workload, bool alone, Diagnostics& diagnostics, bool& counted) {
  counted = alone;
  Observations all;
  std::map<std::string, std::size_t> index;
  for (const CsvRow& row : table.rows) {
    const auto at = [&](int i) -> const CsvField& { return row.fields[static_cast<std::size_t>(i)]; };
    if (columns.workload >= 0 && !alone && at(columns.workload).text != workload) continue;
    long long time = 0;
    if (!read_time(at(columns.time), alone, time, diagnostics, counted)) continue;
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

std::string columns_hint(const CsvTable& table, const std::string& expected) {
  const std::string header = table.header.fields.empty() ? "" : table.header.fields.front().text;
  const bool other = table.header.fields.size() == 1 && header.find_first_of(";\t|") != std::string::npos;
  return (other ? "fields are separated by commas, and decimals by points; " : "") + ("expected: " + expected);
}

int first_column(const CsvTable& table, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const int found = table.column(name); found >= 0) return found;
  return -1;
}

}  // namespace tonnage::scenario
