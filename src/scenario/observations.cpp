#include "observations.hpp"

#include <fmt/format.h>

#include <algorithm>
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

}  // namespace

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

int first_column(const CsvTable& table, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const int found = table.column(name); found >= 0) return found;
  return -1;
}

}  // namespace tonnage::scenario
