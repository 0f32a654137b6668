#include "tonnage/tco/cash.hpp"

#include <cmath>
#include <map>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::tco {

namespace {

/// Quarters since the year 0 of "2027-Q3"; absent when it is none.
std::optional<int> quarter_number(const std::string& name) {
  if (name.size() != 7 || name.compare(4, 2, "-Q") != 0 || name[6] < '1' || name[6] > '4') return std::nullopt;
  const auto year = parse_integer(name.substr(0, 4));
  return year ? std::optional(static_cast<int>(*year) * 4 + name[6] - '1') : std::nullopt;
}

double present_value(const std::vector<double>& flows, double rate_per_year) {
  double sum = 0;
  for (std::size_t k = 0; k < flows.size(); ++k) sum += flows[k] * std::pow(1 + rate_per_year, -static_cast<double>(k) / 4);
  return sum;
}

/// By bisection; with one change of sign there is at most one rate above -100 %.
std::optional<double> internal_rate(const std::vector<double>& flows) {
  int changes = 0;
  double last = 0;
  for (const double flow : flows) {
    if (flow == 0) continue;
    changes += last * flow < 0;
    last = flow;
  }
  double low = -0.99, high = 100;
  const bool first = present_value(flows, low) > 0;
  if (changes != 1 || first == (present_value(flows, high) > 0)) return std::nullopt;
  for (int step = 0; step < 200; ++step) {
    const double half = low + (high - low) / 2;
    ((present_value(flows, half) > 0) == first ? low : high) = half;
  }
  return low;
}

}  // namespace

Investment compare_cash(const std::vector<std::pair<std::string, Money>>& before, const std::vector<std::pair<std::string, Money>>& after, double rate) {
  std::map<int, Money> saved;
  for (const auto& [quarter, amount] : before)
    if (const auto number = quarter_number(quarter)) saved[*number] += amount;
  for (const auto& [quarter, amount] : after)
    if (const auto number = quarter_number(quarter)) saved[*number] -= amount;
  Investment out;
  if (saved.empty()) return out;
  std::vector<double> flows;
  Money sum;
  bool spent = false;
  for (int q = saved.begin()->first; q <= saved.rbegin()->first; ++q) {
    const auto found = saved.find(q);
    const Money flow = found == saved.end() ? Money() : found->second;
    out.saved.emplace_back(fmt::format("{}-Q{}", q / 4, q % 4 + 1), flow);
    flows.push_back(flow.approximate());
    sum += flow;
    spent = spent || sum < Money();
    if (sum < Money()) out.payback.reset();
    else if (spent && !out.payback) out.payback = out.saved.back().first;
  }
  out.npv_usd = present_value(flows, rate);
  out.irr_per_year = internal_rate(flows);
  return out;
}

std::vector<CashQuarter> cash_by_quarter(const Scenario& scenario, const std::vector<FocusRow>& rows) {
  std::map<std::string, CashQuarter> quarters;
  std::map<int, Money> depreciation;  // by period
  for (const FocusRow& row : rows) {
    CashQuarter& one = quarters[quarter_name(scenario.periods[static_cast<std::size_t>(row.period)].start)];
    one.paid += row.billed;
    if (row.charge_category == "Purchase" && row.charge_frequency == "One-Time") one.purchases += row.billed;
    if (row.depreciation) depreciation[row.period] += row.effective;
  }
  std::vector<CashQuarter> out;
  for (const auto& [period, amount] : depreciation) {
    CashQuarter& one = quarters[quarter_name(scenario.periods[static_cast<std::size_t>(period)].start)];
    const double shield = amount.approximate() * scenario.finance.tax_rate.value_or(0);
    one.depreciation += amount;
    one.tax_shield += Money::from_double(shield);
    one.tax_shield_present_value += Money::from_double(shield * discount_factor(scenario, period));
  }
  for (auto& [name, one] : quarters) {
    one.quarter = name;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace tonnage::tco
