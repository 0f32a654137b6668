// explain: where a figure of a plan comes from.
#include <algorithm>

#include <fmt/format.h>

#include "context.hpp"
#include "plan_input.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::cli {

int explain_command(const Context& context) {
  (void)context.format({"table"});
  const auto opened = open_plan(context, context.options.input, false);
  if (!opened) return bad_input;
  const report::PlanFile* plan = &opened->file;
  const std::string& cell = context.options.second;
  const auto open = cell.find('[');
  if (cell.substr(0, open) != "cost" || (open != std::string::npos && cell.back() != ']'))
    throw UsageError{"'" + cell + "' is not a figure of a plan, expected cost[PERIOD,POOL,CATEGORY], in any order, each may be left out"};
  std::vector<std::string> words;
  if (open != std::string::npos)
    for (const std::string_view word : split(std::string_view(cell).substr(open + 1, cell.size() - open - 2), ','))
      if (!trim(word).empty()) words.emplace_back(trim(word));
  std::vector<std::string> known;
  for (const report::PlanLine& line : plan->lines)
    for (const std::string* field : {&line.period, &line.pool, &line.region, &line.workload, &line.category})
      if (!field->empty() && std::find(known.begin(), known.end(), *field) == known.end()) known.push_back(*field);
  for (const std::string& word : words)
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      const std::string close = suggest(word, known);
      throw UsageError{"there is no cost of '" + word + "' in this plan" + (close.empty() ? "; it has " + name_list(known, 30) : "; did you mean '" + close + "'?")};
    }
  std::string out;
  Money sum;
  int count = 0;
  for (const report::PlanLine& line : plan->lines) {
    const auto has = [&](const std::string& word) { return line.period == word || line.pool == word || line.region == word || line.workload == word || line.category == word; };
    if (!std::all_of(words.begin(), words.end(), has)) continue;
    out += fmt::format("{} {}{}{}\n  {}\n", line.period, line.category, line.pool.empty() ? "" : " " + line.pool, line.region.empty() ? "" : " in " + line.region, line.formula);
    if (!line.sources.empty()) out += "    (" + line.sources + ")\n";
    sum += line.amount;
    ++count;
  }
  if (count == 0) throw UsageError{"no cost has all of " + cell.substr(open == std::string::npos ? 0 : open)};
  if (count > 1) out += fmt::format("sum of {} line items: {} {}\n", count, sum.to_string(2), plan->currency);
  context.emit(out);
  return done;
}

}  // namespace tonnage::cli
