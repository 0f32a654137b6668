// Fans: what was, and what may come.
#include <algorithm>

#include <fmt/format.h>

#include "chart_axes.hpp"
#include "charts.hpp"

namespace tonnage::report {

namespace {

/// Looks of nested bands, the widest lightest.
std::string band_look(std::size_t i, std::size_t count) { return count > 1 && i > 0 ? (i == 1 && count > 2 ? "band b2" : "band b3") : "band"; }

void draw_band(Svg& svg, const FanBand& band, const std::string& look, const Scale& y, std::size_t first, double left, double slot) {
  std::vector<std::pair<double, double>> points;
  const auto x = [&](std::size_t i) { return left + slot * (static_cast<double>(first + i) + 0.5); };
  for (std::size_t i = 0; i < band.high.size(); ++i) points.emplace_back(x(i), y(band.high[i]));
  for (std::size_t i = band.low.size(); i-- > 0;) points.emplace_back(x(i), y(band.low[i]));
  svg.polygon(points, look);
}

}  // namespace

std::string fan_chart(const ChartHead& head, const std::vector<std::string>& labels, const std::vector<double>& past, const ChartSeries& middle, const std::vector<FanBand>& bands) {
  std::vector<LegendItem> items;
  if (!past.empty()) items.push_back({"past", stroke(2), true});
  for (std::size_t i = 0; i < bands.size(); ++i) items.push_back({bands[i].name, band_look(i, bands.size())});
  items.push_back({middle.name, stroke(1), true});
  const double legend_room = legend_height(items, chart_width), top = legend_room + top_margin, base = 250 + legend_room - bottom_margin;
  Svg svg(chart_width, base + bottom_margin, head.id, head.title, head.description);
  legend(svg, items, 8, 2, chart_width);
  double least = 0, most = 0;
  const auto stretch = [&](const std::vector<double>& values) {
    for (const double v : values)
      if (v == v) least = std::min(least, v), most = std::max(most, v);
  };
  stretch(past), stretch(middle.values);
  for (const FanBand& band : bands) stretch(band.low), stretch(band.high);
  const Scale y = scale_to(least, most, base, top, 5);
  const double left = margin_for(y), slot = (chart_width - left - 8) / static_cast<double>(std::max<std::size_t>(1, labels.size()));
  value_axis(svg, y, left, chart_width - 8, head.unit);
  label_axis(svg, labels, left, slot, base, chart_width - 2);
  const auto x = [&](std::size_t i) { return left + slot * (static_cast<double>(i) + 0.5); };
  for (std::size_t i = 0; i < bands.size(); ++i) draw_band(svg, bands[i], band_look(i, bands.size()), y, past.size(), left, slot);
  std::vector<std::pair<double, double>> line;
  for (std::size_t i = 0; i <= past.size(); ++i) {
    // A missing value breaks the line.
    if (i < past.size() && past[i] == past[i]) line.emplace_back(x(i), y(past[i]));
    else if (!line.empty()) svg.polyline(line, stroke(2)), line.clear();
  }
  for (std::size_t i = 0; i < middle.values.size(); ++i) line.emplace_back(x(past.size() + i), y(middle.values[i]));
  svg.polyline(line, stroke(1));
  for (std::size_t i = 0; i < middle.values.size(); ++i) {
    std::string tip = fmt::format("{}: {} {}", labels[past.size() + i], middle.name, axis_number(middle.values[i]));
    for (const FanBand& band : bands) tip += fmt::format(", {} {} to {}", band.name, axis_number(band.low[i]), axis_number(band.high[i]));
    svg.rect(x(past.size() + i) - slot / 2, top, slot, base - top, "hit", tip);
  }
  return svg.finish();
}

std::string fan_chart(const ChartHead& head, const std::vector<std::string>& labels, const ChartSeries& low, const ChartSeries& middle, const ChartSeries& high) {
  return fan_chart(head, labels, {}, middle, {{low.name + " to " + high.name, low.values, high.values}});
}

}  // namespace tonnage::report
