#include <algorithm>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/check_figures.hpp"

namespace tonnage::scenario {

namespace {

constexpr const char* an_example = "for example  cost.p90 <= 210 M USD";

/// Every figure that a check of this scenario may name.
std::vector<std::string> all_figures(const Scenario& scenario, const std::vector<std::string>& workloads) {
  std::vector<std::string> out;
  for (const CheckFigure& figure : check_figures()) {
    const std::string pattern = figure.pattern;
    const std::vector<std::string> names = names_for(figure, scenario, workloads);
    const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto first = std::find_if(pattern.begin(), pattern.end(), capital);
    const auto last = std::find_if_not(first, pattern.end(), capital);
    if (first == pattern.end()) out.push_back(pattern);
    else
      for (const std::string& name : names) out.push_back(std::string(pattern.begin(), first) + name + std::string(last, pattern.end()));
  }
  return out;
}

std::string patterns() {
  std::vector<std::string> out;
  for (const CheckFigure& figure : check_figures()) out.emplace_back(figure.pattern);
  return "figures: " + join(out, ", ");
}

/// What the limit must be, in words; empty when it is.
std::string unit_mistake(FigureUnit unit, const Quantity& value) {
  const auto is = [&](const char* text) { return value.dimension == parse_unit(text, Currencies{})->first; };
  const bool bare = value.dimension == Dimension{};
  switch (unit) {
    case FigureUnit::money: return is("USD") ? "" : "this figure is an amount, e.g. 210 M USD";
    case FigureUnit::share: return bare ? "" : "this figure is a share, e.g. 10 %";
    case FigureUnit::requests: return (value.has_unit && is("requests")) || (!value.has_unit && bare) ? "" : "this figure is a number of requests, e.g. 0";
    case FigureUnit::mass: return is("t") ? "" : "this figure is a mass, e.g. 5000 t";
    case FigureUnit::power: return is("W") ? "" : "this figure is a power, e.g. 9 MW";
    case FigureUnit::nodes: return (value.has_unit && is("nodes")) || (!value.has_unit && bare) ? "" : "this figure is a number of nodes, e.g. 300 nodes";
    case FigureUnit::change: return is("USD") || (value.has_unit && bare) ? "" : "an increase is an amount or a percentage, e.g. 2 M USD or 5 %";
  }
  return "";
}

/// The comparison sign and where it stands.
std::size_t find_sign(const std::string& text, std::string& op) {
  for (const char* sign : {"<=", ">=", "==", "<", ">"})
    if (const std::size_t at = text.find(sign); at != std::string::npos) {
      op = sign;
      return at;
    }
  return std::string::npos;
}

void take_quantile(Check& check) {
  for (const char* quantile : {"p10", "p50", "p90"}) {
    const std::string suffix = std::string(".") + quantile;
    if (check.figure.size() <= suffix.size() || check.figure.substr(check.figure.size() - suffix.size()) != suffix) continue;
    check.figure.resize(check.figure.size() - suffix.size());
    check.quantile = quantile;
    return;
  }
}

/// "cost.p90 <= 210 M USD"
void build_check(const View& view, const std::string& text, bool warn, BuildContext& context, const std::vector<std::string>& workloads, Scenario& out) {
  Check check;
  check.text = text;
  check.path = view.path();
  check.warn_only = warn;
  const auto fail = [&](std::string message, std::string note = {}, std::string hint = {}) { context.diagnostics.error("bad-check", std::move(message), view.mark(), std::move(hint), std::move(note)); };
  const std::size_t at = find_sign(text, check.op);
  if (at == std::string::npos) return fail("a check needs one of <=, >=, <, >, ==", an_example);
  check.figure = std::string(trim(text.substr(0, at)));
  if (!check.figure.empty() && std::string("=!<>").find(check.figure.back()) != std::string::npos) return fail("'" + text.substr(0, at + check.op.size()) + "' is not a comparison; expected one of <=, >=, <, >, ==");
  take_quantile(check);
  const auto named = find_check_figure(check.figure);
  const std::vector<std::string> all = all_figures(out, workloads);
  if (!named || std::find(all.begin(), all.end(), check.figure) == all.end()) {
    const std::string close = suggest(check.figure, all);
    return fail(fmt::format("there is no figure '{}' to check", check.figure), patterns(), close.empty() ? "" : "did you mean '" + close + "'?");
  }
  if (!check.quantile.empty() && check.figure != "cost") return fail(fmt::format("'{}' has no quantiles; only cost has", check.figure), an_example);
  std::string problem;
  const auto value = parse_quantity(text.substr(at + check.op.size()), context.currencies, problem);
  if (!value) return fail(problem, an_example);
  check.value = value->value;
  const std::string mistake = unit_mistake(named->figure->unit, *value);
  if (!mistake.empty()) return fail(mistake);
  check.relative = named->figure->unit == FigureUnit::change && value->dimension == Dimension{};
  out.checks.push_back(std::move(check));
}

}  // namespace

void build_checks(const View& root, BuildContext& context, Scenario& out) {
  std::vector<std::string> workloads;
  root.at("workloads").each([&](const std::string& name, const View&) { workloads.push_back(name); });
  root.at("checks").items([&](const View& item) {
    if (item.is_mapping()) {
      const View text = item.at("check");
      build_check(text, text.text(), item.at("level").text() == "warn", context, workloads, out);
    } else {
      build_check(item, item.text(), false, context, workloads, out);
    }
  });
}

}  // namespace tonnage::scenario
