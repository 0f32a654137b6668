#include "chart_axes.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/core/numbers.hpp"

namespace tonnage::report {

std::string axis_number(double value) {
  if (std::fabs(value) < 1e-12) return "0";
  return std::fabs(value) >= 100 ? fixed(value, 0) : significant(value, 3);
}

std::vector<double> Scale::ticks() const {
  std::vector<double> out;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) out.push_back(k * step);
  return out;
}

Scale scale_to(double least, double most, double from, double to, int about) {
  Scale out;
  out.from = from;
  out.to = to;
  least = std::min(least, 0.0);
  if (!(most > least)) most = least + 1;
  const double rough = (most - least) / about;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    out.step = factor * power;
    if (out.step >= rough * 0.999) break;
  }
  out.low = std::floor(least / out.step + 1e-9) * out.step;
  out.high = std::ceil(most / out.step - 1e-9) * out.step;
  return out;
}

void value_axis(Svg& svg, const Scale& scale, double left, double right, const std::string& unit) {
  for (const double tick : scale.ticks()) {
    const double y = scale(tick);
    svg.line(left, y, right, y, tick == 0 ? "axis" : "grid");
    svg.text(left - 6, y + 4, axis_number(tick), Anchor::end);
  }
  svg.text(2, std::min(scale.from, scale.to) - 12, unit, Anchor::start, "soft");
}

void label_axis(Svg& svg, const std::vector<std::string>& labels, double left, double slot, double baseline, double right) {
  double widest = 0, taken = -1e9;
  for (const std::string& label : labels) widest = std::max(widest, text_width(label));
  const std::size_t every = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil((widest + 10) / slot)));
  for (std::size_t i = 0; i < labels.size(); i += every) {
    // At the ends a label stays within the drawing, and is left out rather than drawn over another.
    const double width = text_width(labels[i]), begin = std::max(0.0, std::min(left + slot * (static_cast<double>(i) + 0.5) - width / 2, right - width));
    if (begin < taken + 6) continue;
    taken = begin + width;
    svg.text(begin + width / 2, baseline + 18, labels[i], Anchor::middle);
  }
}

namespace {

double item_width(const LegendItem& item) { return 36 + text_width(item.name); }

}  // namespace

double legend_height(const std::vector<LegendItem>& items, double width) {
  double x = 0, rows = items.empty() ? 0 : 1;
  for (const LegendItem& item : items) {
    if (x > 0 && x + item_width(item) > width) x = 0, ++rows;
    x += item_width(item);
  }
  return rows * 20;
}

void legend(Svg& svg, const std::vector<LegendItem>& items, double left, double top, double width) {
  double x = 0, y = top;
  for (const LegendItem& item : items) {
    if (x > 0 && x + item_width(item) > width) x = 0, y += 20;
    if (item.line) svg.line(left + x, y + 6, left + x + 18, y + 6, item.look);
    else svg.rect(left + x + 3, y, 12, 12, item.look);
    svg.text(left + x + 22, y + 10, item.name);
    x += item_width(item);
  }
}

double margin_for(const Scale& scale) {
  double widest = 0;
  for (const double tick : scale.ticks()) widest = std::max(widest, text_width(axis_number(tick)));
  return widest + 16;
}

}  // namespace tonnage::report
