#include "tonnage/report/explanation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::report {

namespace {

using Kind = Column::Kind;

constexpr double higher_share = 0.1;

std::string signed_amount(Money change, const std::string& currency) {
  const std::string text = change.to_string(2);
  return (text.front() == '-' ? "" : "+") + text + " " + currency;
}

std::string percent(double share, int digits) { return significant(100 * share, digits) + " %"; }

double change_percent(const Explanation& e, const tco::InputEffect& one) { return e.sum == Money() ? 0 : 100 * one.change.approximate() / std::fabs(e.sum.approximate()); }

/// Missing prices of what the words name, or of everything, and stale ones among the factors.
std::vector<PriceDoubt> doubts_of(const PlanFile& plan, const std::vector<std::string>& words, const std::vector<const PlanLine*>& lines) {
  const auto names = [&](const std::string& word) { return std::any_of(plan.prices.begin(), plan.prices.end(), [&](const PriceRecord& p) { return p.of == word; }); };
  const bool anything = std::none_of(words.begin(), words.end(), names);
  std::vector<PriceDoubt> out;
  for (const PriceRecord& price : plan.prices) {
    const bool named = anything || std::find(words.begin(), words.end(), price.of) != words.end();
    const bool used = std::any_of(lines.begin(), lines.end(), [&](const PlanLine* line) {
      return std::any_of(line->factors.begin(), line->factors.end(), [&](const Factor& factor) { return factor.path == price.path; });
    });
    if (!price.given && named) out.push_back({price.path, true, "", 0});
    else if (used && stale(price, plan.start)) out.push_back({price.path, false, to_string(*price.quoted), static_cast<int>((plan.start - *price.quoted).count())});
  }
  return out;
}

std::string effects_text(const Explanation& e) {
  constexpr std::size_t most = 6;
  if (e.effects.empty()) return "no price or rate moves it: its inputs change the plan\n";
  std::vector<std::array<std::string, 3>> rows;
  std::array<std::size_t, 3> width{};
  for (const tco::InputEffect& one : e.effects) {
    if (rows.size() == most) break;
    std::string name = one.path;
    if (one.after > 0) name += fmt::format(" ({} to {})", percent(one.before, 4), percent(one.after, 4));
    rows.push_back({name, signed_amount(one.change, e.currency), fmt::format("{:+.2f} %", change_percent(e, one))});
    for (std::size_t c = 0; c < 3; ++c) width[c] = std::max(width[c], rows.back()[c].size());
  }
  std::string out = "what moves it: each input 10 % higher, the plan held fixed\n";
  for (const auto& row : rows) out += fmt::format("  {:<{}}  {:>{}}  {:>{}}\n", row[0], width[0], row[1], width[1], row[2], width[2]);
  if (e.effects.size() > most) out += fmt::format("  and {} inputs that move it less\n", e.effects.size() - most);
  return out;
}

}  // namespace

Explanation explain(const PlanFile& plan, const std::vector<std::string>& words) {
  Explanation out;
  out.currency = plan.currency;
  std::vector<std::vector<Factor>> factors;
  for (const PlanLine& line : plan.lines) {
    const auto has = [&](const std::string& word) { return line.period == word || line.pool == word || line.region == word || line.workload == word || line.category == word; };
    if (!std::all_of(words.begin(), words.end(), has)) continue;
    out.sum += line.amount;
    out.lines.push_back(&line);
    factors.push_back(line.factors);
  }
  out.effects = tco::input_effects(factors, plan.finance, higher_share);
  out.doubts = doubts_of(plan, words, out.lines);
  return out;
}

std::string explanation_text(const Explanation& e) {
  std::string out;
  for (const PlanLine* line : e.lines) {
    out += fmt::format("{} {}{}{}\n  {}\n", line->period, line->category, line->pool.empty() ? "" : " " + line->pool, line->region.empty() ? "" : " in " + line->region, line->formula);
    if (!line->sources.empty()) out += "    (" + line->sources + ")\n";
  }
  if (e.lines.size() > 1) out += fmt::format("sum of {} line items: {} {}\n", e.lines.size(), e.sum.to_string(2), e.currency);
  out += effects_text(e);
  for (const PriceDoubt& doubt : e.doubts)
    out += doubt.missing ? "price missing: " + doubt.path + " is not given, so that nothing is counted for it\n"
                         : fmt::format("price stale: {} was quoted {}, {} days before the horizon\n", doubt.path, doubt.quoted, doubt.days_before_start);
  return out;
}

std::vector<Table> explanation_tables(const Explanation& e) {
  Table terms{"terms", "", {{"period", ""}, {"category", ""}, {"pool", ""}, {"region", ""}, {"workload", ""}, {"amount_usd", "", Kind::money, 2}, {"present_value_usd", "", Kind::money, 2}, {"formula", ""}, {"sources", ""}}, {}, true, ""};
  for (const PlanLine* line : e.lines)
    terms.rows.push_back({line->period, line->category, line->pool, line->region, line->workload, line->amount, line->present_value, line->formula, line->sources});
  Table effects{"effects", "", {{"input", ""}, {"before", "", Kind::number, 4}, {"after", "", Kind::number, 4}, {"change_usd", "", Kind::money, 2}, {"change_percent", "", Kind::number, 2}}, {}, false, ""};
  for (const tco::InputEffect& one : e.effects)
    effects.rows.push_back({one.path, one.after > 0 ? Cell(one.before) : Cell(), one.after > 0 ? Cell(one.after) : Cell(), one.change, change_percent(e, one)});
  Table doubts{"price_doubts", "", {{"input", ""}, {"doubt", ""}, {"quoted", ""}, {"days_before_start", "", Kind::number, 0}}, {}, false, ""};
  for (const PriceDoubt& doubt : e.doubts)
    doubts.rows.push_back({doubt.path, std::string(doubt.missing ? "missing" : "stale"), doubt.missing ? Cell() : Cell(doubt.quoted), doubt.missing ? Cell() : Cell(static_cast<double>(doubt.days_before_start))});
  return {terms, effects, doubts};
}

}  // namespace tonnage::report
