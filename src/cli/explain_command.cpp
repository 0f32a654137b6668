// explain: where a figure of a plan comes from, what moves it, and which of its prices are missing or old.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "context.hpp"
#include "plan_input.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/tco/sensitivity.hpp"

namespace tonnage::cli {

namespace {

using report::PlanFile;
using report::PlanLine;

/// The words of "cost[a,b]".
std::vector<std::string> words_of(const std::string& cell) {
  const auto open = cell.find('[');
  if (cell.substr(0, open) != "cost" || (open != std::string::npos && cell.back() != ']'))
    throw UsageError{"'" + cell + "' is not a figure of a plan, expected cost[PERIOD,POOL,CATEGORY], in any order, each may be left out"};
  std::vector<std::string> words;
  if (open != std::string::npos)
    for (const std::string_view word : split(std::string_view(cell).substr(open + 1, cell.size() - open - 2), ','))
      if (!trim(word).empty()) words.emplace_back(trim(word));
  return words;
}

void check_words(const PlanFile& plan, const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const PlanLine& line : plan.lines)
    for (const std::string* field : {&line.period, &line.pool, &line.region, &line.workload, &line.category})
      if (!field->empty() && std::find(known.begin(), known.end(), *field) == known.end()) known.push_back(*field);
  for (const std::string& word : words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    for (const PriceRecord& price : plan.prices)
      if (price.of == word && !price.given) throw UsageError{"there is no cost of '" + word + "' in this plan, and " + price.path + " is not given"};
    const std::string close = suggest(word, known);
    throw UsageError{"there is no cost of '" + word + "' in this plan" + (close.empty() ? "; it has " + name_list(known, 30) : "; did you mean '" + close + "'?")};
  }
}

std::string signed_amount(Money change, const std::string& currency) {
  const std::string text = change.to_string(2);
  return (text.front() == '-' ? "" : "+") + text + " " + currency;
}

std::string percent(double share, int digits) { return significant(100 * share, digits) + " %"; }

/// What the sum would be with one input 10 % higher, the largest effects first.
std::string effects_text(const PlanFile& plan, const std::vector<const PlanLine*>& lines, Money sum) {
  constexpr std::size_t most = 6;
  constexpr double share = 0.1;
  std::vector<std::vector<Factor>> factors;
  for (const PlanLine* line : lines) factors.push_back(line->factors);
  const std::vector<tco::InputEffect> effects = tco::input_effects(factors, plan.finance, share);
  if (effects.empty()) return "no price or rate moves it: its inputs change the plan\n";
  std::vector<std::array<std::string, 3>> rows;
  std::array<std::size_t, 3> width{};
  for (const tco::InputEffect& one : effects) {
    if (rows.size() == most) break;
    std::string name = one.path;
    if (one.after > 0) name += fmt::format(" ({} to {})", percent(one.before, 4), percent(one.after, 4));
    const double part = sum == Money() ? 0 : one.change.approximate() / std::fabs(sum.approximate());
    rows.push_back({name, signed_amount(one.change, plan.currency), fmt::format("{:+.2f} %", 100 * part)});
    for (std::size_t c = 0; c < 3; ++c) width[c] = std::max(width[c], rows.back()[c].size());
  }
  std::string out = "what moves it: each input 10 % higher, the plan held fixed\n";
  for (const auto& row : rows) out += fmt::format("  {:<{}}  {:>{}}  {:>{}}\n", row[0], width[0], row[1], width[1], row[2], width[2]);
  if (effects.size() > most) out += fmt::format("  and {} inputs that move it less\n", effects.size() - most);
  return out;
}

/// Missing prices of what the words name, or of everything, and stale ones among the factors.
std::string prices_text(const PlanFile& plan, const std::vector<std::string>& words, const std::vector<const PlanLine*>& lines) {
  const auto names = [&](const std::string& word) { return std::any_of(plan.prices.begin(), plan.prices.end(), [&](const PriceRecord& p) { return p.of == word; }); };
  const bool anything = std::none_of(words.begin(), words.end(), names);
  std::string out;
  for (const PriceRecord& price : plan.prices) {
    const bool named = anything || std::find(words.begin(), words.end(), price.of) != words.end();
    const bool used = std::any_of(lines.begin(), lines.end(), [&](const PlanLine* line) {
      return std::any_of(line->factors.begin(), line->factors.end(), [&](const Factor& factor) { return factor.path == price.path; });
    });
    if (!price.given && named) out += "price missing: " + price.path + " is not given, so that nothing is counted for it\n";
    else if (used && stale(price, plan.start)) out += fmt::format("price stale: {} was quoted {}, {} days before the horizon\n", price.path, to_string(*price.quoted), (plan.start - *price.quoted).count());
  }
  return out;
}

}  // namespace

int explain_command(const Context& context) {
  (void)context.format({"table"});
  const auto opened = open_plan(context, context.options.input, false);
  if (!opened) return bad_input;
  const PlanFile& plan = opened->file;
  const std::vector<std::string> words = words_of(context.options.second);
  check_words(plan, words);
  std::string out;
  Money sum;
  std::vector<const PlanLine*> lines;
  for (const PlanLine& line : plan.lines) {
    const auto has = [&](const std::string& word) { return line.period == word || line.pool == word || line.region == word || line.workload == word || line.category == word; };
    if (!std::all_of(words.begin(), words.end(), has)) continue;
    out += fmt::format("{} {}{}{}\n  {}\n", line.period, line.category, line.pool.empty() ? "" : " " + line.pool, line.region.empty() ? "" : " in " + line.region, line.formula);
    if (!line.sources.empty()) out += "    (" + line.sources + ")\n";
    sum += line.amount;
    lines.push_back(&line);
  }
  if (lines.empty()) throw UsageError{"no cost has all of " + context.options.second.substr(context.options.second.find('['))};
  if (lines.size() > 1) out += fmt::format("sum of {} line items: {} {}\n", lines.size(), sum.to_string(2), plan.currency);
  out += effects_text(plan, lines, sum);
  out += prices_text(plan, words, lines);
  context.emit(out);
  return done;
}

}  // namespace tonnage::cli
