// CSV of observations to regular series.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "build.hpp"
#include "observations.hpp"
#include "tonnage/core/calendar.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/scenario/load.hpp"

namespace tonnage::scenario {

namespace {

/// Times that are last days of months stand for the months that they end.
long long month_before_end(const HistorySeries& series) {
  const Date end{std::chrono::floor<std::chrono::days>(std::chrono::seconds{series.start_s}) + std::chrono::days{1}};
  return add_months(end, -static_cast<int>(series.step_s / month_step)).time_since_epoch().count() * 86400LL;
}

}  // namespace

std::vector<LocatedSeries> read_history(const ParsedTable& file, const std::string& workload, double unit_factor, Diagnostics& diagnostics) {
  const CsvTable& table = file.table;
  if (table.header.fields.empty()) return {};
  HistoryColumns columns{table.column("time"), table.column("value"), table.column("origin"), table.column("workload")};
  if (columns.time < 0) {
    diagnostics.error("csv-column", "column 'time' is missing", {file.source, 1, 1, 0}, "", columns_hint(table, "time,value or time,origin,value or time,workload,origin,value, or time and a column per origin"));
    return {};
  }
  bool counted = false;
  const Observations all = collect(table, columns, workload, false, diagnostics, counted);
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
    if (!regular_series(name, items, unit_factor, located.series, diagnostics, &located.rows)) continue;
    if (located.series.step_s % month_step == 0 && day_of_month(items) == 31) located.series.start_s = month_before_end(located.series);
    out.push_back(std::move(located));
  }
  return out;
}

namespace {

/// "14 days": steps as a time.
std::string time_words(std::size_t steps, long long step_s) {
  const auto count = [](long long number, const char* unit) { return fmt::format("{} {}{}", number, unit, number == 1 ? "" : "s"); };
  const long long total = static_cast<long long>(steps) * step_s;
  if (step_s % month_step == 0) return count(static_cast<long long>(steps) * (step_s / month_step), "month");
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

}  // namespace tonnage::scenario
