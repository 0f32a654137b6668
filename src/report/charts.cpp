#include "charts.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chart_axes.hpp"

namespace tonnage::report {

namespace {

double most_of(const std::vector<double>& values) { return values.empty() ? 0 : *std::max_element(values.begin(), values.end()); }

double widest_name(const std::vector<std::string>& names, double most) {
  double widest = 0;
  for (const std::string& name : names) widest = std::max(widest, text_width(name));
  return std::min(widest, most);
}

/// Names longer than their place end in an ellipsis.
std::string fitted(const std::string& name, double width) {
  if (text_width(name) <= width) return name;
  std::string out = name;
  while (!out.empty() && text_width(out) + 7 > width) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U) out.pop_back();
    if (!out.empty()) out.pop_back();
  }
  return out + "…";
}

}  // namespace

std::string stacked_chart(const ChartHead& head, const std::vector<std::string>& labels, const std::vector<ChartSeries>& bars, const std::vector<ChartSeries>& lines) {
  std::vector<LegendItem> items;
  for (const ChartSeries& one : bars) items.push_back({one.name, fill(one.color)});
  for (std::size_t i = 0; i < lines.size(); ++i) items.push_back({lines[i].name, i == 0 ? "over" : "over dashed", true});
  const double legend_room = legend_height(items, chart_width - 8), height = 270 + legend_room, base = height - bottom_margin;
  std::vector<double> tops(labels.size(), 0);
  for (const ChartSeries& one : bars)
    for (std::size_t i = 0; i < labels.size(); ++i) tops[i] += one.values[i];
  double most = most_of(tops);
  for (const ChartSeries& one : lines) most = std::max(most, most_of(one.values));
  Svg svg(chart_width, height, head.id, head.title, head.description);
  legend(svg, items, 8, 2, chart_width - 8);
  const Scale y = scale_to(0, most, base, legend_room + top_margin, 5);
  const double left = margin_for(y), slot = (chart_width - left - 8) / static_cast<double>(std::max<std::size_t>(1, labels.size())), wide = std::min(slot * 0.72, 64.0);
  value_axis(svg, y, left, chart_width - 8, head.unit);
  label_axis(svg, labels, left, slot, base, chart_width - 2);
  std::fill(tops.begin(), tops.end(), 0);
  for (const ChartSeries& one : bars)
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (one.values[i] <= 0) continue;
      svg.rect(left + slot * (static_cast<double>(i) + 0.5) - wide / 2, y(tops[i] + one.values[i]), wide, y(tops[i]) - y(tops[i] + one.values[i]), fill(one.color), fmt::format("{}, {}: {} {}", labels[i], one.name, axis_number(one.values[i]), head.unit));
      tops[i] += one.values[i];
    }
  for (std::size_t k = 0; k < lines.size(); ++k) {
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const double middle = left + slot * (static_cast<double>(i) + 0.5), level = y(lines[k].values[i]);
      svg.line(middle - slot * 0.46, level, middle + slot * 0.46, level, k == 0 ? "over" : "over dashed");
    }
  }
  return svg.finish();
}

std::string bar_chart(const ChartHead& head, const std::vector<ChartBar>& bars) {
  std::vector<std::string> names;
  double most = 0, text_room = 0;
  for (const ChartBar& bar : bars) {
    names.push_back(bar.name);
    most = std::max(most, bar.value);
    text_room = std::max(text_room, text_width(bar.text));
  }
  const double left = widest_name(names, 260) + 14, height = 28 * static_cast<double>(bars.size()) + 34;
  Svg svg(chart_width, height, head.id, head.title, head.description);
  const Scale x = scale_to(0, most, left, chart_width - text_room - 16, 4);
  for (const double tick : x.ticks()) {
    svg.line(x(tick), 4, x(tick), height - 26, tick == 0 ? "axis" : "grid");
    svg.text(x(tick), height - 10, axis_number(tick) + (tick == 0 ? "" : " " + head.unit), Anchor::middle, "soft");
  }
  double y = 6;
  for (const ChartBar& bar : bars) {
    svg.text(left - 8, y + 15, fitted(bar.name, 260), Anchor::end);
    svg.rect(left, y, std::max(0.0, x(bar.value) - left), 20, fill(bar.color), bar.name + ": " + bar.text);
    svg.text(x(bar.value) + 6, y + 15, bar.text);
    y += 28;
  }
  return svg.finish();
}

std::string waterfall_chart(const ChartHead& head, const std::vector<ChartBar>& steps, const ChartBar& total) {
  std::vector<std::string> names;
  for (const ChartBar& step : steps) names.push_back(step.name);
  names.push_back(total.name);
  double least = 0, most = 0, sum = 0, text_room = 0;
  for (const ChartBar& step : steps) {
    sum += step.value;
    least = std::min(least, sum);
    most = std::max(most, sum);
    text_room = std::max(text_room, text_width(step.text));
  }
  most = std::max(most, total.value);
  const double left = widest_name(names, 260) + 14, height = 28 * static_cast<double>(names.size()) + 34;
  Svg svg(chart_width, height, head.id, head.title, head.description);
  const Scale x = scale_to(least, most, left, chart_width - std::max(text_room, text_width(total.text)) - 16, 4);
  for (const double tick : x.ticks()) {
    svg.line(x(tick), 4, x(tick), height - 26, tick == 0 ? "axis" : "grid");
    svg.text(x(tick), height - 10, axis_number(tick) + (tick == 0 ? "" : " " + head.unit), Anchor::middle, "soft");
  }
  double y = 6, before = 0;
  const auto bar = [&](const ChartBar& one, double begin, double end) {
    svg.text(left - 8, y + 15, fitted(one.name, 260), Anchor::end, &one == &total ? "strong" : "");
    svg.rect(std::min(x(begin), x(end)), y, std::max(1.0, std::fabs(x(end) - x(begin))), 20, fill(one.color), one.name + ": " + one.text);
    svg.text(std::max(x(begin), x(end)) + 6, y + 15, one.text, Anchor::start, &one == &total ? "strong" : "");
    y += 28;
  };
  for (const ChartBar& step : steps) {
    bar(step, before, before + step.value);
    before += step.value;
    svg.line(x(before), y - 8, x(before), y, "join");
  }
  bar(total, 0, total.value);
  return svg.finish();
}

}  // namespace tonnage::report
