#include "tonnage/report/levers_page.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::report {

using Kind = Column::Kind;
using pipeline::Lever;
using pipeline::LeverOutcome;

namespace {

bool below_proof(const LeverOutcome& one) { return one.saving < one.open; }

std::string remark_of(const LeverOutcome& one) {
  if (one.lever.risk) return "a risk, no saving";
  return below_proof(one) ? "less than proofs tell" : "";
}

/// The `top` largest savings (0: all), and the risks when wanted.
std::vector<LeverOutcome> first(const std::vector<LeverOutcome>& all, std::size_t top, bool risks) {
  std::vector<LeverOutcome> out;
  std::size_t savings = 0;
  for (const LeverOutcome& one : all)
    if (one.lever.risk ? risks : top == 0 || ++savings <= top) out.push_back(one);
  return out;
}

std::string counted(std::size_t count, const char* one, const char* many) { return fmt::format("{} {}", count, count == 1 ? one : many); }

/// What was tried and does not help.
std::vector<std::string> rest_notes(const pipeline::Levers& levers, std::size_t shown) {
  std::vector<std::string> out;
  if (levers.helping.size() > shown) out.push_back(counted(levers.helping.size() - shown, "more saves less: --top 0 lists it", "more save less: --top 0 lists them"));
  const auto names = [](const auto& items, const auto& name_of) {
    std::string text;
    for (std::size_t i = 0; i < items.size() && i < 4; ++i) text += (i == 0 ? ": " : "; ") + name_of(items[i]);
    return text + (items.size() > 4 ? " ..." : "");
  };
  if (!levers.without_effect.empty()) out.push_back(counted(levers.without_effect.size(), "more changes nothing", "more change nothing") + names(levers.without_effect, [](const Lever& x) { return x.name; }));
  if (!levers.costing.empty()) out.push_back(counted(levers.costing.size(), "more saves nothing", "more save nothing") + names(levers.costing, [](const LeverOutcome& x) { return x.lever.name; }));
  if (!levers.not_tried.empty()) out.push_back(counted(levers.not_tried.size(), "more was not tried", "more were not tried") + names(levers.not_tried, [](const Lever& x) { return x.name; }));
  for (const auto& [lever, reason] : levers.without_plan) out.push_back("no plan with " + lever.name + ": " + reason);
  return out;
}

std::vector<Cell> figures_of(const LeverOutcome& one) {
  return {one.saving, one.nodes_end, one.power_end_mw, one.unmet};
}

}  // namespace

std::string set_arguments(const std::vector<std::string>& sets) {
  std::string out;
  for (const std::string& set : sets) {
    std::string quoted;
    for (const char c : set) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    out += (out.empty() ? "--set '" : " --set '") + quoted + "'";
  }
  return out;
}

Page levers_page(const pipeline::Run& run, const pipeline::Levers& levers, std::size_t top) {
  Page page;
  page.title = run.loaded.scenario.name + " · what would help most";
  page.as_of = run.loaded.scenario.as_of;
  page.facts.push_back({"Cost", short_money(levers.base), "present value as it is", ""});
  Table table{"levers", "", {{"rank", ""}, {"lever", ""}, {"saving_usd", "saves", Kind::money, 2}, {"nodes_end", "nodes", Kind::number, 1}, {"power_end_mw", "MW", Kind::number, 2}, {"unmet_m", "unmet, M", Kind::number, 1}, {"remark", ""}},
              {}, false, "saves: present value, planned anew with this one change; nodes and MW in service at the end, load not served over the horizon: changes"};
  const auto shown = first(levers.helping, top, true);
  page.notes_title = "What each assumes, and how to try it";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const LeverOutcome& one = shown[i];
    table.rows.push_back({std::to_string(i + 1), one.lever.name, one.saving, one.nodes_end, one.power_end_mw, one.unmet * 1e-6, remark_of(one)});
    page.notes.push_back(fmt::format("{}: {} ({})", i + 1, one.lever.assumes, set_arguments(one.lever.sets)));
  }
  if (shown.empty()) table.note = "none of the changes that were tried saves anything";
  page.tables.push_back(std::move(table));
  for (std::string& note : rest_notes(levers, shown.size())) page.notes.push_back(std::move(note));
  return page;
}

Table levers_table(const pipeline::Levers& levers) {
  Table out{"levers", "", {{"result", "result"}, {"kind", "kind"}, {"lever", "lever"}, {"assumes", "assumes"}, {"set", "set"}, {"saving_usd", "saving", Kind::money, 2}, {"nodes_end", "nodes", Kind::number, 4}, {"power_end_mw", "MW", Kind::number, 6}, {"unmet", "unmet", Kind::number, 0}, {"open_usd", "open", Kind::money, 2}, {"remark", "remark"}}, {}, false, ""};
  const auto add = [&](const char* result, const Lever& lever, std::vector<Cell> figures, Cell open, const std::string& remark) {
    std::vector<Cell> row = {std::string(result), lever.kind, lever.name, lever.assumes, join(lever.sets, "; ")};
    row.insert(row.end(), figures.begin(), figures.end());
    row.push_back(std::move(open)), row.emplace_back(remark);
    out.rows.push_back(std::move(row));
  };
  const std::vector<Cell> none(4);
  for (const LeverOutcome& one : levers.helping) add(one.lever.risk ? "risk" : "saves", one.lever, figures_of(one), one.open, remark_of(one));
  for (const LeverOutcome& one : levers.costing) add("saves nothing", one.lever, figures_of(one), one.open, "");
  for (const Lever& one : levers.without_effect) add("changes nothing", one, none, Cell(), "");
  for (const Lever& one : levers.not_tried) add("not tried", one, none, Cell(), "");
  for (const auto& [lever, reason] : levers.without_plan) add("no plan", lever, none, Cell(), reason);
  return out;
}

Table help_most_table(const pipeline::Levers& levers, std::size_t top) {
  Table table{"levers", "What would help most", {{"lever", ""}, {"saving_usd", "saves", Kind::money, 1}, {"remark", ""}}, {}, false, ""};
  for (const LeverOutcome& one : first(levers.helping, top, false)) table.rows.push_back({one.lever.name, one.saving, remark_of(one)});
  table.note = table.rows.empty() ? "none of the changes that 'tonnage levers' tries saves anything" : "each planned anew, alone; 'tonnage levers' tells what they assume";
  return table;
}

}  // namespace tonnage::report
