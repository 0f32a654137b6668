// What charts share: scales, grid, legends.
#pragma once

#include <string>
#include <vector>

#include "charts.hpp"
#include "svg.hpp"

namespace tonnage::report {

constexpr double chart_width = 560, wide_chart = 920;

inline std::string fill(int color) { return "f" + std::to_string((color - 1) % 12 + 1); }
inline std::string stroke(int color) { return "l" + std::to_string((color - 1) % 12 + 1); }

/// A value for people: three significant digits and more where it is large.
std::string axis_number(double value);

/// Values to positions along an axis, with round steps.
struct Scale {
  double low = 0, high = 1, step = 1;     ///< values
  double from = 0, to = 1;                ///< positions
  double operator()(double value) const { return from + (value - low) / (high - low) * (to - from); }
  std::vector<double> ticks() const;
};
/// Begins at zero unless values are negative.
Scale scale_to(double least, double most, double from, double to, int about);

/// Grid lines and numbers of a vertical axis, its unit above.
void value_axis(Svg& svg, const Scale& scale, double left, double right, const std::string& unit);
/// Room above a chart's values for the unit, below them for labels.
inline constexpr double top_margin = 34, bottom_margin = 30;
/// Left margin for the numbers of a scale.
double margin_for(const Scale& scale);
/// Labels below, thinned where they would touch.
void label_axis(Svg& svg, const std::vector<std::string>& labels, double left, double slot, double baseline, double right);

struct LegendItem {
  std::string name, look;
  bool line = false;
};
/// Rows of keys from the top; returns the height taken.
double legend_height(const std::vector<LegendItem>& items, double width);
void legend(Svg& svg, const std::vector<LegendItem>& items, double left, double top, double width);

}  // namespace tonnage::report
