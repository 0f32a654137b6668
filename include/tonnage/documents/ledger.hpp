// Ledger: every cost of a plan as a line item that knows its factors. Amounts add exactly.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/calendar.hpp"
#include "tonnage/core/money.hpp"

namespace tonnage {

/// How a factor depends on the discount rate: offset + scale x what repays 1 USD, less the residual share, a month over a life.
struct Recovery {
  double life_months = 60;
  double residual_share = 0;
  double offset = 0, scale = 1;
};

/// One factor of an amount: "nodes", 46, "node", "assistant.yaml path it came from".
struct Factor {
  std::string name;
  double value = 0;
  std::string unit;
  std::string path;            ///< of the scenario's value, for the table of places; empty: computed
  std::optional<Recovery> recovery = std::nullopt;
};

struct LineItem {
  int period = 0;
  std::string pool;            ///< empty: not of one pool
  std::string region;
  std::string provider;        ///< empty: own
  std::string workload;        ///< empty: shared
  std::string category;        ///< see holding.hpp; on-demand, spot, failover, energy, egress, unspent, unmet; or the name of a fixed cost
  bool sunk = false;           ///< of nodes already there: no decision changes it
  bool cash = true;            ///< false: a penalty that nobody is paid, or due after the horizon
  std::vector<Factor> factors; ///< the amount is their product
  double discount = 1;         ///< present value of 1 USD of the period
  Money amount;                ///< of the period, rounded once
  Money present_value;         ///< rounded once; present values add up to the headline
  double expense_ratio = 1;    ///< straight line over capital recovery
  Money expense;               ///< expense view: purchases in equal parts over their life, without interest
  double quantity = 0;         ///< what is paid for, in `unit`
  std::string unit;            ///< "node-months", "node-hours", "kWh", "requests", "kW-months"
  double energy_kwh = 0;
  double carbon_kg = 0;        ///< scope 2, location-based
  double carbon_market_kg = 0; ///< scope 2, market-based
  double embodied_kg = 0;      ///< scope 3: of making the nodes, in equal parts over their life
};

struct LedgerTotals {
  Money amount, present_value, expense;
  Money paid;                  ///< part of the amount: penalties that nobody is paid left out
  double accelerator_hours = 0;  ///< of nodes held or rented
  double energy_kwh = 0, carbon_kg = 0, carbon_market_kg = 0, embodied_kg = 0;
};

/// Where the money paid for capacity idles: present values that sum to all capacity cost, without a rest.
struct IdleCost {
  Money useful, headroom, repair, reserve, whole_nodes, troughs;
};

/// Hours of a pool's accelerators in a period, at work or not: nodes held, and rented ones as long as they are.
struct AcceleratorHours {
  int period = 0;
  std::string pool;
  double hours = 0;
};

/// Money that changes hands in a calendar quarter, undiscounted; see tco/cash.hpp.
struct CashQuarter {
  std::string quarter;         ///< "2027-Q1"
  Money paid;
  Money purchases;             ///< part of what is paid: once, for nodes and upfront
  Money depreciation;          ///< of what was bought, in equal parts over its life; not paid
  Money tax_shield;            ///< depreciation x tax rate; 0 without a rate
  Money tax_shield_present_value;
};

struct Ledger {
  std::string currency = "USD";
  std::vector<LineItem> lines; ///< by period, pool, category
  std::vector<AcceleratorHours> accelerator_hours;
  LedgerTotals totals;
  LedgerTotals sunk;           ///< part of the totals
  Money capex;                 ///< purchases ordered by the plan, undiscounted
  std::vector<Money> capex_by_period;
  IdleCost idle;
  double requests = 0;         ///< served over the horizon, expected
  double tokens = 0;           ///< input and output of served requests, expected
  std::vector<double> tokens_by_period;
  std::vector<Money> outcome_present_value;  ///< by outcome
  std::vector<CashQuarter> cash;  ///< by the quarter in which a period begins; empty where only cost was asked for
};

/// Categories of the ledger in their order; a cost of one's own (costs.NAME) is a category beside them.
const std::vector<std::string>& cost_categories();
bool is_cost_category(const std::string& name);

/// Whether cost on a fixed plan is proportional to a scenario's value in each line that names it, and in no line hidden: prices of
/// pools, PUE, electricity, colocation and egress are such factors; demand, power and the discount rate are not.
bool is_ledger_factor(const std::string& path);

double product(const std::vector<Factor>& factors);
/// What a line's factors multiply to; the amount is this, rounded once.
double evaluate(const LineItem& line);

/// "57,723.15 USD = 46 nodes x 9.3 kW x …"
std::string formula(const LineItem& line);

}  // namespace tonnage
