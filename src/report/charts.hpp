// Kinds of charts: numbers and words in, a drawing out. What they mean is for src/report/figures.cpp.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tonnage::report {

struct ChartHead {
  std::string id, title, description;
  std::string unit;                       ///< of the value axis
};

/// Values by position of the labels; looks are numbers of colours, from 1.
struct ChartSeries {
  std::string name;
  std::vector<double> values;
  int color = 1;
};

/// Part of a fan: from low to high, for the positions ahead.
struct FanBand {
  std::string name;
  std::vector<double> low, high;
};
/// What was, as a line, then bands ahead of it, the widest first, around the line of the middle. Labels: of the past, then ahead.
std::string fan_chart(const ChartHead& head, const std::vector<std::string>& labels, const std::vector<double>& past, const ChartSeries& middle, const std::vector<FanBand>& bands);
/// A band from low to high around a line.
std::string fan_chart(const ChartHead& head, const std::vector<std::string>& labels, const ChartSeries& low, const ChartSeries& middle, const ChartSeries& high);
/// Bars upon each other, with lines over them.
std::string stacked_chart(const ChartHead& head, const std::vector<std::string>& labels, const std::vector<ChartSeries>& bars, const std::vector<ChartSeries>& lines);

struct ChartBar {
  std::string name;
  double value = 0;
  std::string text;                       ///< at its end
  int color = 1;
};
/// Bars from zero, one below another.
std::string bar_chart(const ChartHead& head, const std::vector<ChartBar>& bars);
/// Each bar begins where the one before ends; the last stands on zero: their sum.
std::string waterfall_chart(const ChartHead& head, const std::vector<ChartBar>& steps, const ChartBar& total);

struct GanttRow {
  std::string name, text, group;          ///< groups share a colour
  double decided = 0, begins = 0, ends = 0;  ///< days; NaN: not an order
  int color = 1;
};
/// `ticks`: day and name.
std::string gantt_chart(const ChartHead& head, const std::vector<GanttRow>& rows, const std::vector<std::pair<double, std::string>>& ticks, double first, double last);

struct HeatRow {
  std::string group, name;
  std::vector<double> shares;             ///< by column, 0 to 1
};
/// The last column is what is wanting.
std::string heat_chart(const ChartHead& head, const std::vector<std::string>& columns, const std::vector<HeatRow>& rows);

struct TornadoRow {
  std::string name;
  double low = 0, high = 0;
  std::string low_text, high_text;
};
std::string tornado_chart(const ChartHead& head, double middle, const std::vector<TornadoRow>& rows);

}  // namespace tonnage::report
