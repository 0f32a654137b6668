#include <fmt/format.h>

#include "tonnage/report/uncertainty_page.hpp"
#include "uncertainty_tables.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

namespace {

struct Name {
  const char *machine, *people;
};

Name name_of(pipeline::Settled settled) {
  switch (settled) {
    case pipeline::Settled::nothing: return {"anew", "orders made anew for each draw"};
    case pipeline::Settled::orders: return {"orders", "orders as planned"};
    case pipeline::Settled::quarter: return {"quarter", "first quarter's orders as planned"};
    case pipeline::Settled::no_orders: return {"no-orders", "no order in the first quarter"};
  }
  return {"", ""};
}

std::string count(int n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

/// What people read of adaptation_table.
Table settled_table(const pipeline::Adaptation& adaptation, const std::string& currency) {
  Table table{"adaptation", "What may follow the numbers, once they are known",
              {{"settled", ""}, {"mean_usd", "mean", Kind::money, 2}, {"mean_half_width_usd", "±", Kind::money, 2}, {"p10_usd", "P10", Kind::money, 2}, {"p50_usd", "P50", Kind::money, 2}, {"p90_usd", "P90", Kind::money, 2}},
              {}, false, "present value in " + currency + "; routing, and what is rented by the hour, follow in all rows"};
  if (adaptation.budget) table.columns.push_back({"exceeds_budget_percent", "above the budget, %", Kind::number, 1});
  for (const pipeline::SettledCost& one : adaptation.costs) {
    if (one.draws == 0) continue;
    std::vector<Cell>& row = table.rows.emplace_back();
    row.emplace_back(std::string(name_of(one.settled).people));
    for (const double amount : {one.cost.mean.value, one.cost.mean.half_width, one.cost.p10.value, one.cost.p50.value, one.cost.p90.value}) row.push_back(money_cell(amount));
    if (adaptation.budget) row.emplace_back(100 * one.cost.exceeds_budget.value);
  }
  return table;
}

std::string worth(const tco::Estimate& estimate) { return short_money(Money::from_double(estimate.value), 2); }

/// Whether the sampling, and the proofs of two plans, tell it from nothing.
bool told_apart(const tco::Estimate& estimate, double open_usd) { return std::abs(estimate.value) > std::max(estimate.half_width, open_usd); }

void add_worth(const pipeline::Adaptation& a, Page& page) {
  if (a.knowing_first)
    page.facts.push_back({"Knowing first", worth(*a.knowing_first), plus_minus(*a.knowing_first),
                          told_apart(*a.knowing_first, a.open_usd) ? "what orders that follow the numbers would save" : "hardly anything: the orders suit all draws"});
  if (a.waiting) {
    const bool saves = a.waiting->value > 0;
    tco::Estimate amount = *a.waiting;
    amount.value = std::abs(amount.value);
    page.facts.push_back({"Waiting", (saves ? "saves " : "costs ") + worth(amount), plus_minus(amount),
                          !told_apart(amount, a.open_usd) ? "no difference that can be told: order or wait" : saves ? "a quarter without orders, the numbers known after it: wait" : "a quarter without orders, the numbers known after it: order now"});
  }
}

void add_notes(const pipeline::Run& run, const pipeline::Adaptation& a, Page& page) {
  for (const std::string& path : a.left_out) page.notes.push_back("'" + path + "' cannot be set by itself: it stays at its middle");
  for (const pipeline::SettledCost& one : a.costs)
    if (one.draws < a.draws) page.notes.push_back(fmt::format("{}: {} of {} have no plan{}", name_of(one.settled).people, a.draws - one.draws, count(a.draws, "draw"), a.why_without.empty() ? "" : ": " + a.why_without));
  if (a.costs.size() == 2) page.notes.push_back("nothing is ordered before " + to_string(a.quarter_end) + ": there is nothing to wait with");
  if (run.demand.outcomes.size() > 1) page.notes.push_back(fmt::format("demand: in each draw the outcomes of its forecast, {} of them, with their probabilities", run.demand.outcomes.size()));
  page.notes.push_back(fmt::format("{} of {}; ±: 95 % interval of the sampling (bootstrap), not of the future", count(a.draws, "draw"), count(static_cast<int>(a.inputs.size()), "input")));
  page.notes.push_back("plans are within " + short_money(Money::from_double(a.open_usd)) + " of the best on average");
  page.notes_title = "Read this with it";
}

}  // namespace

Table adaptation_table(const pipeline::Adaptation& adaptation) {
  Table table{"adaptation", "", {{"settled", ""}, {"draws", "draws", Kind::number, 0}}, {}, false, ""};
  add_spread_columns(table, adaptation.budget.has_value());
  for (const pipeline::SettledCost& one : adaptation.costs) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row.emplace_back(std::string(name_of(one.settled).machine));
    row.emplace_back(static_cast<double>(one.draws));
    if (one.draws > 0) add_spread_cells(one.cost, adaptation.budget.has_value(), row);
    row.resize(table.columns.size());
  }
  return table;
}

Table worth_table(const pipeline::Adaptation& adaptation) {
  Table table{"worth", "", {{"what", ""}, {"worth_usd", "worth", Kind::money, 2}, {"worth_half_width_usd", "±", Kind::money, 3}}, {}, false, ""};
  for (const auto& [name, estimate] : {std::pair{"knowing-first", &adaptation.knowing_first}, {"waiting-a-quarter", &adaptation.waiting}})
    if (*estimate) table.rows.push_back({std::string(name), money_cell((*estimate)->value), money_cell((*estimate)->half_width)});
  return table;
}

Table sensitivities_table(const pipeline::Run& run, const pipeline::Adaptation& adaptation) {
  Table table = swings_table("cost in " + run.ledger.currency + ", the other inputs at their middle, planned anew with this one sure at either end");
  if (adaptation.budget) add_break_even_column(table);
  for (const tco::TornadoBar& bar : adaptation.tornado) {
    std::vector<Cell>& row = table.rows.emplace_back(swing_cells(bar, adaptation.inputs));
    if (adaptation.budget) row.push_back(break_even_cell(bar, adaptation.inputs));
  }
  return table;
}

Page adaptation_page(const pipeline::Run& run, const pipeline::Adaptation& adaptation) {
  Page page;
  page.title = run.loaded.scenario.name + " · how sure the cost is, the plan made anew";
  page.as_of = run.loaded.scenario.as_of;
  page.facts.push_back({"Planned", short_money(adaptation.planned), "present value, every number at its middle", ""});
  if (const pipeline::SettledCost& anew = adaptation.costs.front(); anew.draws > 0) {
    const auto add = [&](const char* label, const tco::Estimate& e, const std::string& remark) { page.facts.push_back({label, short_money(Money::from_double(e.value)), plus_minus(e), remark}); };
    add("P50", anew.cost.p50, "orders made anew for each draw"), add("P10", anew.cost.p10, ""), add("P90", anew.cost.p90, "");
  }
  add_worth(adaptation, page);
  page.tables.push_back(settled_table(adaptation, run.ledger.currency));
  if (!adaptation.tornado.empty()) page.tables.push_back(sensitivities_table(run, adaptation));
  add_notes(run, adaptation, page);
  return page;
}

}  // namespace tonnage::report
