#include "uncertainty_tables.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

Cell money_cell(double amount) { return Money::from_double(amount); }

std::string plus_minus(const tco::Estimate& estimate) { return "± " + short_money(Money::from_double(estimate.half_width), 2); }

void add_spread_columns(Table& table, bool budget) {
  for (const auto& [name, title] : {std::pair{"mean", "mean"}, {"sd", "sd"}, {"p10", "P10"}, {"p50", "P50"}, {"p90", "P90"}}) {
    table.columns.push_back({std::string(name) + "_usd", title, Kind::money, 2});
    table.columns.push_back({std::string(name) + "_half_width_usd", "±", Kind::money, 3});
  }
  if (!budget) return;
  table.columns.push_back({"exceeds_budget", "chance above the budget", Kind::number, 3});
  table.columns.push_back({"exceeds_budget_half_width", "±", Kind::number, 4});
}

void add_spread_cells(const tco::Sampled& cost, bool budget, std::vector<Cell>& row) {
  for (const tco::Estimate* e : {&cost.mean, &cost.sd, &cost.p10, &cost.p50, &cost.p90}) row.push_back(money_cell(e->value)), row.push_back(money_cell(e->half_width));
  if (budget) row.emplace_back(cost.exceeds_budget.value), row.emplace_back(cost.exceeds_budget.half_width);
}

Table swings_table(const std::string& note) {
  return {"sensitivities", "What moves it",
          {{"input", "input"}, {"cost_at_input_p10_usd", "at its P10", Kind::money, 2}, {"cost_at_input_p90_usd", "at its P90", Kind::money, 2}, {"swing_usd", "swing", Kind::money, 2}},
          {}, false, note};
}

std::vector<Cell> swing_cells(const tco::TornadoBar& bar, const std::vector<tco::UncertainInput>& inputs) {
  return {inputs[static_cast<std::size_t>(bar.input)].path, money_cell(bar.at_p10), money_cell(bar.at_p90), money_cell(bar.at_p90 - bar.at_p10)};
}

void add_break_even_column(Table& table) {
  table.note += "; even at x: times its middle at which cost is the budget";
  table.columns.push_back({"break_even_share_of_middle", "even at x", Kind::number, 3});
}

Cell break_even_cell(const tco::TornadoBar& bar, const std::vector<tco::UncertainInput>& inputs) {
  const double middle = inputs[static_cast<std::size_t>(bar.input)].distribution.middle;
  return bar.break_even && middle != 0 ? Cell(*bar.break_even / middle) : Cell();
}

}  // namespace tonnage::report
