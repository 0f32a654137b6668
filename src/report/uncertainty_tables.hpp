// Columns and cells that the tables of an uncertain cost share.
#pragma once

#include <string>
#include <vector>

#include "tonnage/report/page.hpp"
#include "tonnage/tco/uncertainty.hpp"

namespace tonnage::report {

Cell money_cell(double amount);
/// "± 3.8 k".
std::string plus_minus(const tco::Estimate& estimate);

/// Mean, standard deviation and quantiles, each with its interval, and the chance of exceeding a budget.
void add_spread_columns(Table& table, bool budget);
void add_spread_cells(const tco::Sampled& cost, bool budget, std::vector<Cell>& row);

/// The input, cost at its P10 and P90, and their difference.
Table swings_table(const std::string& note);
std::vector<Cell> swing_cells(const tco::TornadoBar& bar, const std::vector<tco::UncertainInput>& inputs);
void add_break_even_column(Table& table);
Cell break_even_cell(const tco::TornadoBar& bar, const std::vector<tco::UncertainInput>& inputs);

}  // namespace tonnage::report
