// Forecasts of series as an HTML page with fan charts.
#include <algorithm>

#include <fmt/format.h>

#include "charts.hpp"
#include "html_parts.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/report/html.hpp"

namespace tonnage::report {

namespace {

using Kind = Column::Kind;
constexpr std::size_t most_fans = 60;

std::string percent(double level) { return significant(100 * level, 4) + " %"; }

/// For an axis: the day where all times are midnight, else day and minute.
std::vector<std::string> axis_times(std::vector<std::string> times) {
  constexpr std::size_t day = 10, minute = 16, whole = 20;  // of 2026-11-20T12:00:00Z
  const auto is_time = [](const std::string& one) { return one.size() == whole && one[day] == 'T'; };
  if (!std::all_of(times.begin(), times.end(), is_time)) return times;
  const bool days = std::all_of(times.begin(), times.end(), [](const std::string& one) { return one.compare(day, whole - day, "T00:00:00Z") == 0; });
  for (std::string& one : times) one = days ? one.substr(0, day) : one.substr(0, day) + " " + one.substr(day + 1, minute - day - 1);
  return times;
}

Figure fan_of(const FanSeries& series, std::size_t number) {
  Figure figure;
  figure.id = fmt::format("fan-{}", number);
  figure.title = series.name;
  std::vector<FanBand> bands;
  for (const FanSeries::Band& band : series.bands) bands.push_back({percent(band.level), band.low, band.high});
  // Nested bands, the widest first.
  std::vector<std::size_t> order(bands.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return series.bands[a].level > series.bands[b].level; });
  std::vector<FanBand> nested;
  for (const std::size_t i : order) nested.push_back(bands[i]);
  // As much of the past as three times what is ahead, sixty steps at least.
  const std::size_t shown = std::min(series.past.size(), std::max<std::size_t>(60, 3 * series.middle.size())), from = series.past.size() - shown;
  std::vector<std::string> labels(series.past_times.begin() + static_cast<long>(from), series.past_times.end());
  labels.insert(labels.end(), series.times.begin(), series.times.end());
  const std::vector<double> past(series.past.begin() + static_cast<long>(from), series.past.end());
  figure.text = series.middle.empty() ? "" : fmt::format("{} at {}, {} at {}", significant(series.middle.front(), 3), series.times.front(), significant(series.middle.back(), 3), series.times.back());
  figure.table = {"fan", "Forecast of " + series.name, {{"time", "time"}, {"mean", "mean", Kind::number, 2}}, {}, false, ""};
  for (const FanBand& band : nested) {
    figure.table.columns.push_back({"low_" + band.name, band.name + " from", Kind::number, 2});
    figure.table.columns.push_back({"high_" + band.name, "to", Kind::number, 2});
  }
  for (std::size_t k = 0; k < series.middle.size(); ++k) {
    std::vector<Cell>& row = figure.table.rows.emplace_back(std::vector<Cell>{series.times[k], series.middle[k]});
    for (const FanBand& band : nested) row.emplace_back(band.low[k]), row.emplace_back(band.high[k]);
  }
  figure.svg = fan_chart({figure.id, "Forecast of " + series.name, figure.text, ""}, axis_times(std::move(labels)), past, {"mean", series.middle, 1}, nested);
  return figure;
}

}  // namespace

std::string series_html(const Page& page, const std::vector<FanSeries>& series) {
  std::vector<Section> sections;
  Section fans{"fans", "Forecasts", "", {}, {}, {}, false};
  for (std::size_t i = 0; i < std::min(series.size(), most_fans); ++i) fans.figures.push_back(fan_of(series[i], i + 1));
  if (series.size() > most_fans) fans.lead = fmt::format("The first {} of {} series.", most_fans, series.size());
  if (!fans.figures.empty()) sections.push_back(std::move(fans));
  for (const Table& table : page.tables) sections.push_back({table.id, table.title.empty() ? "All values" : table.title, "", {table}, {}, {}, false});
  if (!page.notes.empty()) sections.push_back({"notes", "Why", "", {}, {}, page.notes, false});
  return html_document(page, sections);
}

}  // namespace tonnage::report
