// Charts with a row for each of many things.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "chart_axes.hpp"
#include "tonnage/core/numbers.hpp"

namespace tonnage::report {

namespace {

template <class Rows, class Text>
double widest(const Rows& rows, Text text_of, double most) {
  double out = 0;
  for (const auto& row : rows) out = std::max(out, text_width(text_of(row)));
  return std::min(out, most);
}

}  // namespace

std::string gantt_chart(const ChartHead& head, const std::vector<GanttRow>& rows, const std::vector<std::pair<double, std::string>>& ticks, double first, double last) {
  std::vector<LegendItem> items = {{"lead time, from the last day to order", "wait"}};
  for (const GanttRow& row : rows)
    if (std::none_of(items.begin(), items.end(), [&](const LegendItem& item) { return item.name == row.group; })) items.push_back({row.group, fill(row.color)});
  const double left = widest(rows, [](const GanttRow& row) { return row.name; }, 330) + 14, top = 26 + legend_height(items, wide_chart - left), step = 26, height = top + step * static_cast<double>(rows.size()) + 8, right = wide_chart - 12;
  Svg svg(wide_chart, height, head.id, head.title, head.description);
  legend(svg, items, left, 2, wide_chart - left);
  Scale x;
  x.low = first, x.high = last, x.from = left, x.to = right;
  double free = 0;
  for (const auto& [day, name] : ticks) {
    svg.line(x(day), top - 6, x(day), height - 4, "grid");
    if (x(day) < free || x(day) + text_width(name) > wide_chart) continue;
    svg.text(x(day) + 3, top - 10, name, Anchor::start, "soft");
    free = x(day) + text_width(name) + 8;
  }
  double y = top;
  for (const GanttRow& row : rows) {
    svg.text(left - 8, y + 14, row.name, Anchor::end);
    const std::string tip = row.name + ": " + row.text;
    const bool ordered = std::isfinite(row.decided);
    if (ordered && row.begins > row.decided) svg.rect(x(row.decided), y + 6, x(row.begins) - x(row.decided), 6, "wait", tip);
    svg.rect(x(row.begins), y + 2, std::max(1.0, x(row.ends) - x(row.begins)), 14, fill(row.color), tip);
    if (ordered) svg.mark(x(row.decided), y + 9, "due", tip);
    y += step;
  }
  return svg.finish();
}

std::string heat_chart(const ChartHead& head, const std::vector<std::string>& columns, const std::vector<HeatRow>& rows) {
  const double left = widest(rows, [](const HeatRow& row) { return row.name; }, 200) + 22, step = 26, cell = std::clamp((chart_width - left) / static_cast<double>(std::max<std::size_t>(1, columns.size())), 64.0, 150.0);
  const double width = std::max(chart_width, left + cell * static_cast<double>(columns.size()) + 4);
  double height = 26;
  std::string group;
  for (const HeatRow& row : rows) {
    if (row.group != group) height += 22;
    group = row.group;
    height += step;
  }
  Svg svg(width, height, head.id, head.title, head.description);
  for (std::size_t c = 0; c < columns.size(); ++c) svg.text(left + cell * (static_cast<double>(c) + 0.5), 16, columns[c], Anchor::middle, "soft");
  double y = 24;
  group.clear();
  for (const HeatRow& row : rows) {
    if (row.group != group) {
      svg.text(2, y + 15, row.group, Anchor::start, "strong");
      y += 22;
      group = row.group;
    }
    svg.text(left - 8, y + 16, row.name, Anchor::end);
    for (std::size_t c = 0; c < row.shares.size(); ++c) {
      const double share = row.shares[c];
      const int depth = share <= 0 ? 0 : 1 + std::min(4, static_cast<int>(share * 5));
      const bool wanting = c + 1 == columns.size();
      const std::string text = share <= 0 ? "" : share < 0.0005 ? "<0.1 %" : fixed(100 * share, 1) + " %";
      svg.rect(left + cell * static_cast<double>(c) + 1, y + 1, cell - 2, step - 2, (wanting ? "w" : "h") + std::to_string(depth), fmt::format("{}, {} by {}: {}", row.group, row.name, columns[c], text.empty() ? "nothing" : text));
      svg.text(left + cell * (static_cast<double>(c) + 0.5), y + 17, text, Anchor::middle, depth >= 4 ? "deep" : "");
    }
    y += step;
  }
  return svg.finish();
}

std::string tornado_chart(const ChartHead& head, double middle, const std::vector<TornadoRow>& rows) {
  const double names = widest(rows, [](const TornadoRow& row) { return row.name; }, 330) + 14, top = 34, step = 28, height = top + step * static_cast<double>(rows.size()) + 26;
  double least = middle, most = middle;
  for (const TornadoRow& row : rows) {
    least = std::min({least, row.low, row.high});
    most = std::max({most, row.low, row.high});
  }
  const std::vector<LegendItem> items = {{"input at its P10", fill(1)}, {"input at its P90", fill(2)}};
  Svg svg(wide_chart, height, head.id, head.title, head.description);
  legend(svg, items, names, 2, wide_chart - names);
  if (!(most > least)) most = least + 1;
  Scale x;
  x.low = least, x.high = most, x.from = names + 70, x.to = wide_chart - 80;
  const double bottom = height - 22;
  double y = top;
  for (const TornadoRow& row : rows) {
    svg.text(names - 8, y + 15, row.name, Anchor::end);
    for (const auto& [value, text, color] : {std::tuple{row.low, row.low_text, 1}, {row.high, row.high_text, 2}}) {
      svg.rect(std::min(x(value), x(middle)), y, std::fabs(x(value) - x(middle)), 20, fill(color), row.name + ": " + text);
      const bool leftwards = value < middle || (value == middle && color == 1);
      svg.text(x(value) + (leftwards ? -6 : 6), y + 15, text, leftwards ? Anchor::end : Anchor::start);
    }
    y += step;
  }
  svg.line(x(middle), top - 6, x(middle), bottom, "axis");
  svg.text(x(middle), height - 8, "planned " + head.unit, Anchor::middle, "soft");
  return svg.finish();
}

}  // namespace tonnage::report
