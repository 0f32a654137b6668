// explain: where a figure of a plan comes from, what moves it, and which of its prices are missing or old.
// Of a code: what a message means.
#include <algorithm>
#include <map>

#include "context.hpp"
#include "plan_input.hpp"
#include "tonnage/core/embedded.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/explanation.hpp"

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

/// Entries of the gallery of messages by their codes.
std::map<std::string, std::string> message_entries() {
  constexpr std::string_view heading = "\n## ";
  const std::string_view gallery = embedded::embedded_messages().front().contents;
  std::map<std::string, std::string> out;
  for (auto at = gallery.find(heading); at != std::string_view::npos;) {
    const auto name = at + heading.size(), next = gallery.find(heading, name);
    out.emplace(gallery.substr(name, gallery.find('\n', name) - name), gallery.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
    at = next;
  }
  return out;
}

int explain_code(const Context& context) {
  (void)context.format({"table"});
  std::string code = context.options.input;
  if (code.size() > 2 && code.front() == '[' && code.back() == ']') code = code.substr(1, code.size() - 2);
  if (code.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") != std::string::npos) throw UsageError{"CELL is required, for example cost"};
  const std::map<std::string, std::string> entries = message_entries();
  const auto found = entries.find(code);
  if (found == entries.end()) {
    std::vector<std::string> codes;
    for (const auto& [known, entry] : entries) codes.push_back(known);
    const std::string close = suggest(code, codes);
    throw UsageError{"no message has the code '" + code + "'" + (close.empty() ? "" : ", did you mean '" + close + "'?")};
  }
  context.emit(found->second);
  return done;
}

}  // namespace

int explain_command(const Context& context) {
  if (context.options.second.empty()) return explain_code(context);
  const std::string format = context.format({"table", "csv", "json", "jsonl"});
  const auto opened = open_plan(context, context.options.input, false);
  if (!opened) return bad_input;
  const std::vector<std::string> words = words_of(context.options.second);
  check_words(opened->file, words);
  const report::Explanation explanation = report::explain(opened->file, words);
  if (explanation.lines.empty()) throw UsageError{"no cost has all of " + context.options.second.substr(context.options.second.find('['))};
  if (format == "table") context.emit(report::explanation_text(explanation));
  else context.emit_tables("explanation", report::explanation_tables(explanation));
  return done;
}

}  // namespace tonnage::cli
