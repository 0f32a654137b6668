// Rules and figures as they are written.
#include <cmath>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/tco/audit.hpp"

namespace tonnage::tco {

namespace {

/// Digits with a point and, between groups of three, commas. Returns the number of bytes read.
std::size_t scan_number(std::string_view text, std::string& digits, int& decimals) {
  std::size_t at = 0;
  bool point = false;
  decimals = 0;
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  while (at < text.size()) {
    const char c = text[at];
    if (digit(at)) {
      digits += c;
      decimals += point ? 1 : 0;
    } else if (c == '.' && !point && (digit(at + 1) || !digits.empty())) {
      digits += c;
      point = true;
    } else if (!(c == ',' && !point && !digits.empty() && digit(at + 1) && digit(at + 2) && digit(at + 3) && !digit(at + 4))) {
      break;
    }
    ++at;
  }
  if ((at < text.size()) && (text[at] == 'e' || text[at] == 'E') && !digits.empty()) {
    std::size_t end = at + 1 + (at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+') ? 1 : 0);
    const std::size_t first = end;
    while (digit(end)) ++end;
    if (end > first) {
      const auto power = parse_integer(text.substr(at + 1 + (text[at + 1] == '+' ? 1 : 0), end - at - 1 - (text[at + 1] == '+' ? 1 : 0)));
      digits += text.substr(at, end - at);
      decimals -= power && std::llabs(*power) < 400 ? static_cast<int>(*power) : 0;
      at = end;
    }
  }
  return at;
}

std::string_view without(std::string_view text, std::string_view mark) {
  return text.substr(0, mark.size()) == mark ? trim(text.substr(mark.size())) : text;
}

/// Factor of what follows a number: "%", " M", "k", " M tokens", "B"; 1 for a unit; 0 for what is no unit.
double factor_of(std::string_view rest) {
  rest = trim(rest);
  if (rest.empty()) return 1;
  if (rest[0] == '%') return trim(rest.substr(1)).empty() ? 0.01 : 0;
  const auto end = rest.find(' ');
  const std::string_view first = rest.substr(0, end);
  for (const auto& [prefix, factor] : {std::pair<std::string_view, double>{"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"B", 1e9}, {"bn", 1e9}, {"G", 1e9}, {"T", 1e12}})
    if (first == prefix) return factor;
  for (const char c : rest)
    if ((c >= '0' && c <= '9') || c == '=' || c == ',') return 0;
  return 1;
}

}  // namespace

std::optional<PrintedNumber> read_printed_number(std::string_view text) {
  text = trim(text);
  const bool parentheses = text.size() > 2 && text.front() == '(' && text.back() == ')';
  if (parentheses) text = text.substr(1, text.size() - 2);
  bool negative = parentheses;
  for (const std::string_view mark : {"-", "+", "$", "€", "£", "USD", "EUR", "~", "-"}) {
    const std::string_view next = without(text, mark);
    if (mark == "-" && next.size() != text.size()) negative = !negative;
    text = next;
  }
  std::string digits;
  int decimals = 0;
  const std::size_t read = scan_number(text, digits, decimals);
  const auto value = parse_double(digits);
  const double factor = factor_of(text.substr(read));
  if (!value || factor == 0) return std::nullopt;
  return PrintedNumber{(negative ? -1 : 1) * *value * factor, 0.5 * std::pow(10.0, -decimals) * factor};
}

std::optional<AuditRule> read_rule(const std::string& whole, const Mark& mark, Diagnostics& diagnostics) {
  AuditRule out;
  out.mark = mark;
  const std::size_t within = whole.find(" within ");
  const std::string text(trim(std::string_view(whole).substr(0, within)));
  if (within != std::string::npos) {
    const auto tolerance = read_printed_number(std::string_view(whole).substr(within + 8));
    if (!tolerance || tolerance->value < 0 || tolerance->value >= 1) {
      diagnostics.error("audit-rule", "'" + whole + "': a tolerance is a share such as 0.5 %", mark);
      return std::nullopt;
    }
    out.tolerance = tolerance->value;
  }
  out.text = text;
  std::string_view left = text, right;
  using Kind = AuditRule::Kind;
  if (text.rfind("same:", 0) == 0) {
    out.kind = Kind::same;
    left = std::string_view(text).substr(5);
  } else {
    const std::size_t at = text.find_first_of("=<>");
    const bool two = at != std::string::npos && at + 1 < text.size() && text[at + 1] == '=';
    if (at == std::string::npos || (text[at] != '=' && !two)) {
      diagnostics.error("audit-rule", "'" + text + "' is no rule, expected FIGURE = EXPRESSION, <= or >=, or same: EXPRESSION", mark, "", "for example  total = nodes * price");
      return std::nullopt;
    }
    out.kind = text[at] == '<' ? Kind::at_most : text[at] == '>' ? Kind::at_least : Kind::equal;
    left = std::string_view(text).substr(0, at);
    right = std::string_view(text).substr(at + (two ? 2 : 1));
  }
  const auto read = [&](std::string_view part, Expression& into) {
    Expression::Problem problem;
    auto parsed = Expression::parse(part, problem);
    if (!parsed) {
      Mark place = mark;
      if (place.known() && place.end_column > 0) {
        place.column += static_cast<int>(part.data() - text.data()) + problem.at;
        place.end_column = place.column + 1;
      }
      diagnostics.error("audit-rule", "cannot read '" + text + "': " + problem.message, place);
      return false;
    }
    into = std::move(*parsed);
    return true;
  };
  if (!read(left, out.left) || (out.kind != Kind::same && !read(right, out.right))) return std::nullopt;
  return out;
}

std::vector<AuditRule> read_rules(std::string_view text, int file, Diagnostics& diagnostics) {
  std::vector<AuditRule> out;
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    const std::string_view rule = trim(line.substr(0, line.find('#')));
    if (rule.empty()) continue;
    const int column = 1 + code_points(line.substr(0, static_cast<std::size_t>(rule.data() - line.data())));
    if (auto read = read_rule(std::string(rule), {file, number, column, column + code_points(rule)}, diagnostics)) out.push_back(std::move(*read));
  }
  return out;
}

}  // namespace tonnage::tco
