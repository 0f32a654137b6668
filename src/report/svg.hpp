// Small drawings as SVG. Colours are classes of the page's style (f1 … f12 fills, l1 … l12 lines), so that light, dark and print
// each have their own.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tonnage::report {

/// Text for HTML or SVG, between tags and in quoted attributes; control characters and direction marks made visible.
std::string escape_html(const std::string& text);
std::string escape_svg(const std::string& text);

enum class Anchor { start, middle, end };

class Svg {
 public:
  /// `id` is unique on a page; title and description are what a screen reader says.
  Svg(double width, double height, const std::string& id, const std::string& title, const std::string& description);
  /// `tip` appears under the pointer.
  void rect(double x, double y, double width, double height, const std::string& look, const std::string& tip = "");
  void line(double x1, double y1, double x2, double y2, const std::string& look);
  void polyline(const std::vector<std::pair<double, double>>& points, const std::string& look);
  void polygon(const std::vector<std::pair<double, double>>& points, const std::string& look);
  void mark(double x, double y, const std::string& look, const std::string& tip);  ///< a diamond
  void text(double x, double y, const std::string& text, Anchor anchor = Anchor::start, const std::string& look = "");
  std::string finish() const { return out_ + "</svg>"; }

 private:
  std::string out_;
};

/// Width of a text of the drawings, about.
double text_width(const std::string& text);

}  // namespace tonnage::report
