#include "svg.hpp"

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::report {

namespace {

/// Positions with at most two decimals.
std::string n(double value) {
  std::string text = fixed(value, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string points_of(const std::vector<std::pair<double, double>>& points) {
  std::string out;
  for (const auto& [x, y] : points) out += (out.empty() ? "" : " ") + n(x) + "," + n(y);
  return out;
}

std::string tip_of(const std::string& tip) { return tip.empty() ? "/>" : "><title>" + escape_svg(tip) + "</title>"; }

}  // namespace

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&#39;";
    else out += c;
  }
  return out;
}

std::string escape_svg(const std::string& text) { return escape_html(text); }

namespace {

/// Widths of characters in DejaVu Sans, the widest of the fonts that pages ask for, in parts of the size.
double character_width(char c) {
  struct Group {
    std::string_view characters;
    double width;
  };
  static constexpr Group groups[] = {{"ijlI.,:;'|! ", 0.34}, {"ftr()[]/-\"", 0.42}, {"scxyzvk?*J_", 0.60}, {"mMW@%", 0.99}, {"w+=<>~#&QOGNHD", 0.84}};
  for (const Group& group : groups)
    if (group.characters.find(c) != std::string_view::npos) return group.width;
  return c >= 'A' && c <= 'Z' ? 0.72 : 0.64;
}

}  // namespace

double text_width(const std::string& text) {
  constexpr double size = 12;
  double plain = 0;
  std::string others;  // of other scripts a column is two thirds of the size at most
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x80) plain += character_width(c);
    else others += c;
  return size * plain + 8 * display_width(others);
}

Svg::Svg(double width, double height, const std::string& id, const std::string& title, const std::string& description) {
  out_ = fmt::format("<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" aria-labelledby=\"{2}-t {2}-d\"><title id=\"{2}-t\">{3}</title><desc id=\"{2}-d\">{4}</desc>\n", n(width), n(height), id, escape_svg(title), escape_svg(description));
}

void Svg::rect(double x, double y, double width, double height, const std::string& look, const std::string& tip) {
  out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"{}{}\n", n(x), n(y), n(width), n(height), look, tip_of(tip), tip.empty() ? "" : "</rect>");
}

void Svg::line(double x1, double y1, double x2, double y2, const std::string& look) { out_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n", n(x1), n(y1), n(x2), n(y2), look); }

void Svg::polyline(const std::vector<std::pair<double, double>>& points, const std::string& look) { out_ += fmt::format("<polyline points=\"{}\" class=\"{}\"/>\n", points_of(points), look); }

void Svg::polygon(const std::vector<std::pair<double, double>>& points, const std::string& look) { out_ += fmt::format("<polygon points=\"{}\" class=\"{}\"/>\n", points_of(points), look); }

void Svg::mark(double x, double y, const std::string& look, const std::string& tip) {
  out_ += fmt::format("<polygon points=\"{}\" class=\"{}\"{}{}\n", points_of({{x, y - 6}, {x + 6, y}, {x, y + 6}, {x - 6, y}}), look, tip_of(tip), tip.empty() ? "" : "</polygon>");
}

void Svg::text(double x, double y, const std::string& text, Anchor anchor, const std::string& look) {
  std::string names = anchor == Anchor::middle ? "mid" : anchor == Anchor::end ? "end" : "";
  if (!look.empty()) names += (names.empty() ? "" : " ") + look;
  out_ += fmt::format("<text x=\"{}\" y=\"{}\"{}>{}</text>\n", n(x), n(y), names.empty() ? "" : " class=\"" + names + "\"", escape_svg(text));
}

}  // namespace tonnage::report
