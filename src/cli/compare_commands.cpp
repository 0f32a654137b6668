// diff and explain: commands that read plans.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "context.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::cli {

namespace {

using report::PlanFile;
using report::Table;

constexpr std::size_t max_plan_bytes = std::size_t{1} << 30;

/// A document of ours, not a scenario in JSON.
bool is_document(const std::string& text) { return text.find("\"kind\":") != std::string::npos && text.find("\"regions\":") > text.find("\"kind\":"); }

/// A plan from its JSON, or from a scenario that is planned now.
std::optional<PlanFile> open_plan(const Context& context, const std::string& path) {
  std::string text;
  const bool json = path.size() >= 5 && lower(path.substr(path.size() - 5)) == ".json";
  if (json && context.environment.files.kind(path) == FileSystem::Kind::file) text = read_file(context.environment.files, path, max_plan_bytes);
  if (!json || (!text.empty() && !is_document(text) && text.find("\"horizon\"") != std::string::npos)) {
    Options options = context.options;
    options.input = path;
    const Context own(options, context.environment);
    int warnings = 0;
    auto loaded = load(own, warnings, false);
    if (!loaded) return std::nullopt;
    const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::tco, run_options(own));
    if (!run.feasible()) {
      context.say("error [infeasible]: " + path + " has no plan: " + run.plan.proof.status + "\n");
      return std::nullopt;
    }
    return report::summarize(run);
  }
  if (context.environment.files.kind(path) == FileSystem::Kind::missing) {
    context.say("error [missing-file]: there is no file '" + path + "'\n");
    return std::nullopt;
  }
  std::string error;
  auto plan = report::read_plan(text, error);
  if (!plan) context.say("error [not-a-plan]: cannot use '" + path + "': " + error + "\n");
  return plan;
}

/// Present values by one field of the lines, in order of first appearance.
std::vector<std::pair<std::string, Money>> sums(const PlanFile& plan, std::string report::PlanLine::*field) {
  std::vector<std::pair<std::string, Money>> out;
  std::map<std::string, std::size_t> index;
  for (const report::PlanLine& line : plan.lines) {
    const std::string& key = (line.*field).empty() ? std::string("-") : line.*field;
    const auto [at, fresh] = index.emplace(key, out.size());
    if (fresh) out.push_back({key, Money()});
    out[at->second].second += line.present_value;
  }
  return out;
}

void compare(const char* what, std::string report::PlanLine::*field, const PlanFile& a, const PlanFile& b, Table& table) {
  auto before = sums(a, field);
  for (const auto& [key, amount] : sums(b, field)) {
    const auto same = std::find_if(before.begin(), before.end(), [&key = key](const auto& x) { return x.first == key; });
    const Money was = same == before.end() ? Money() : same->second;
    table.rows.push_back({std::string(what), key, was, amount, amount - was});
    if (same != before.end()) before.erase(same);
  }
  for (const auto& [key, was] : before) table.rows.push_back({std::string(what), key, was, Money(), -was});
}

Money total(const PlanFile& plan) {
  Money sum;
  for (const report::PlanLine& line : plan.lines) sum += line.present_value;
  return sum;
}

/// For people: before and after rounded alike, so that every change is the difference of what stands beside it, and all add up.
void round_alike(Table& table) {
  std::vector<Money> before, after;
  Money largest;
  for (const auto& row : table.rows) {
    before.push_back(std::get<Money>(row[1]));
    after.push_back(std::get<Money>(row[2]));
  }
  for (const std::vector<Money>* column : {&before, &after}) {
    Money sum;
    for (const Money part : *column) {
      sum += part;
      largest = std::max({largest, part, -part});
    }
    largest = std::max({largest, sum, -sum});
  }
  const double size = largest.approximate();
  const std::int64_t step = size >= 1e7 ? 10'000'000'000 : size >= 1e4 ? 10'000'000 : 10'000;  // two decimals of M, k, 1
  const auto a = round_parts(before, step);
  const auto b = round_parts(after, step);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    table.rows[i][1] = Money::from_micros(a[i]);
    table.rows[i][2] = Money::from_micros(b[i]);
    table.rows[i][3] = Money::from_micros(b[i] - a[i]);
  }
}

std::string signed_money(Money amount) { return (amount >= Money() ? "+" : "") + report::short_money(amount); }

}  // namespace

int diff_command(const Context& context) {
  const std::string wanted = context.format();
  const auto a = open_plan(context, context.options.input);
  const auto b = open_plan(context, context.options.second);
  if (!a || !b) return bad_input;
  if (a->currency != b->currency) {
    context.say("error [currency]: the plans are in different currencies, " + a->currency + " and " + b->currency + "\n");
    return bad_input;
  }
  using Kind = report::Column::Kind;
  Table all{"diff", "", {{"by", "by"}, {"name", "name"}, {"before_usd", "before", Kind::money, 2}, {"after_usd", "after", Kind::money, 2}, {"change_usd", "change", Kind::money, 2}}, {}, false, ""};
  all.rows.push_back({std::string("total"), std::string("present value"), total(*a), total(*b), total(*b) - total(*a)});
  compare("category", &report::PlanLine::category, *a, *b, all);
  compare("period", &report::PlanLine::period, *a, *b, all);
  compare("pool", &report::PlanLine::pool, *a, *b, all);
  Table figures{"figures", "Figures", {{"figure", "figure"}, {"before", "before", Kind::number, 2}, {"after", "after", Kind::number, 2}, {"unit", "unit"}}, {}, false, ""};
  for (std::size_t i = 0; i < a->figures.size() && i < b->figures.size(); ++i)
    if (a->figures[i].unit != "USD") figures.rows.push_back({a->figures[i].name, a->figures[i].value, b->figures[i].value, a->figures[i].unit});
  report::Page page;
  const Money change = total(*b) - total(*a);
  page.title = fmt::format("{} -> {}   {}", report::short_money(total(*a)), report::short_money(total(*b)), change == Money() ? "no change in cost" : signed_money(change));
  for (const char* by : {"category", "period", "pool"}) {
    Table part{by, std::string("By ") + by, {{"name", ""}, {"before_usd", "before", Kind::money, 2}, {"after_usd", "after", Kind::money, 2}, {"change_usd", "change", Kind::money, 2}}, {}, true, ""};
    for (const auto& row : all.rows)
      if (std::get<std::string>(row[0]) == by && (std::get<Money>(row[4]) != Money() || std::string(by) == "category")) part.rows.push_back({row[1], row[2], row[3], row[4]});
    const bool changed = std::any_of(part.rows.begin(), part.rows.end(), [](const auto& row) { return std::get<Money>(row[3]) != Money(); });
    part.total = std::string(by) == "category";
    round_alike(part);
    if (changed) page.tables.push_back(std::move(part));
  }
  if (change != Money() || !page.tables.empty()) page.tables.push_back(figures);
  if (wanted == "json") context.emit(report::table_json("diff", {all, figures}));
  else context.emit(page, all, "");
  return done;
}

int explain_command(const Context& context) {
  (void)context.format({"table"});
  const auto plan = open_plan(context, context.options.input);
  if (!plan) return bad_input;
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
