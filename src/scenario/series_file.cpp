// A CSV of series on their own: long, wide, or a row per series.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "observations.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/scenario/load.hpp"

namespace tonnage::scenario {

namespace {

/// Numbers of one field, separated by spaces; NA, NaN and null are missing.
bool read_values(const CsvField& field, std::vector<double>& out, Diagnostics& diagnostics) {
  const std::string_view text = field.text;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ' ' || text[at] == '\t') {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && text[end] != ' ' && text[end] != '\t') ++end;
    const std::string word(text.substr(at, end - at));
    const std::string small = lower(word);
    const auto value = parse_double(word);
    if (small == "na" || small == "nan" || small == "null") {
      out.push_back(std::nan(""));
    } else if (value && std::abs(*value) <= most_value) {
      out.push_back(*value);
    } else {
      Mark mark = field.mark;
      mark.column += static_cast<int>(at);
      mark.end_column = mark.column + static_cast<int>(word.size());
      if (value && std::isfinite(*value)) diagnostics.error("csv-range", fmt::format("'{}' is beyond {}", word, most_value), mark);
      else diagnostics.error("csv-number", fmt::format("'{}' is not a finite number", word), mark);
      return false;
    }
    at = end;
  }
  return true;
}

std::vector<NamedSeries> read_rows(const CsvTable& table, int name, int train, Diagnostics& diagnostics) {
  std::vector<NamedSeries> out;
  std::set<std::string> seen;
  const int season = first_column(table, {"season", "m"});
  for (const CsvRow& row : table.rows) {
    const auto at = [&](int i) -> const CsvField& { return row.fields[static_cast<std::size_t>(i)]; };
    NamedSeries one{at(name).text, {"", 3600, 3600, {}}, true, 0, 0};
    if (!seen.insert(one.name).second) {
      diagnostics.error("csv-duplicate", fmt::format("series '{}' stands twice", one.name), at(name).mark);
      continue;
    }
    if (season >= 0) {
      const auto steps = parse_integer(trim(at(season).text));
      if (!steps || *steps < 1 || *steps > 100000) {
        diagnostics.error("csv-range", fmt::format("'{}' is not a season, expected steps from 1 to 100000", at(season).text), at(season).mark);
        continue;
      }
      one.season = static_cast<int>(*steps);
    }
    if (read_values(at(train), one.series.values, diagnostics)) out.push_back(std::move(one));
  }
  return out;
}

std::vector<NamedSeries> read_observations(const CsvTable& table, int file, Diagnostics& diagnostics) {
  HistoryColumns columns{first_column(table, {"time", "t", "ds"}), first_column(table, {"value", "y"}), first_column(table, {"series", "origin", "workload", "unique_id"}), -1};
  if (columns.time < 0) {
    diagnostics.error("csv-column", "column 'time' (or 't') is missing", {file, 1, 1, 0}, "", columns_hint(table, "time,value or series,t,value, or time and a column per series, or id and train"));
    return {};
  }
  std::vector<NamedSeries> out;
  bool counted = false;
  for (const auto& [name, items] : collect(table, columns, "", true, diagnostics, counted)) {
    NamedSeries one{name.empty() ? "value" : name, {}, counted, 0, counted ? 0 : day_of_month(items)};
    if (!regular_series(name, items, 1, one.series, diagnostics)) continue;
    if (counted && items.size() == 1) one.series.step_s = 3600;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

long long time_at(const NamedSeries& series, long long step) {
  const HistorySeries& h = series.series;
  if (series.day == 0) return h.start_s + step * h.step_s;
  using namespace std::chrono;
  const long long month = month_index(h.start_s) + step * (h.step_s / month_step);
  const year_month first = year(static_cast<int>(month / 12)) / std::chrono::month(static_cast<unsigned>(month % 12 + 1));
  const day last = (first / std::chrono::last).day(), at = std::min(day(static_cast<unsigned>(series.day)), last);
  return sys_days(first / at).time_since_epoch().count() * 86400LL;
}

std::optional<long long> step_at(const NamedSeries& series, long long time_s) {
  const HistorySeries& h = series.series;
  const long long apart = series.day == 0 ? time_s - h.start_s : month_index(time_s) - month_index(h.start_s), step = series.day == 0 ? h.step_s : h.step_s / month_step;
  const long long at = step > 0 ? apart / step : 0;
  return step > 0 && time_at(series, at) == time_s ? std::optional(at) : std::nullopt;
}

std::vector<NamedSeries> read_series(std::string_view text, int file, Diagnostics& diagnostics) {
  const CsvTable table = read_csv(text, file, diagnostics);
  if (table.header.fields.empty()) return {};
  const int train = table.column("train"), name = first_column(table, {"id", "series", "unique_id"});
  std::vector<NamedSeries> out = train >= 0 && name >= 0 ? read_rows(table, name, train, diagnostics) : read_observations(table, file, diagnostics);
  const bool blank = std::all_of(out.begin(), out.end(), [](const NamedSeries& s) { return std::all_of(s.series.values.begin(), s.series.values.end(), [](double v) { return std::isnan(v); }); });
  if (blank && !diagnostics.has_errors()) diagnostics.error("csv-empty", "there is no observation", {file, 1, 1, 0});
  return out;
}

}  // namespace tonnage::scenario
