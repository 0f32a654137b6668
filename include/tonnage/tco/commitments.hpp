// Commitment portfolio: how much of a given load to commit to, on which terms and when. In: the load of a plan on the nodes of a region by
// period, block and outcome (its load-duration curves), what is held already and when it expires, the offers. Out: the portfolio of least
// expected cost, and what other rules cost beside it. A node is worth committing when its chance of being needed exceeds committed over
// on-demand price (the newsvendor's critical ratio); with several terms, upfront options, limits and expiries the choice is a covering
// of periods by intervals with convex cost, solved as an integer program with gap 0 (without limits its rows are intervals, and its
// relaxation is integral). Amounts are present values in USD; committed nodes cost what they cost in the plan's objective.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::tco {

struct CommitmentOffer {
  std::string pool;
  int stay = 1;                           ///< periods that a node ordered now is held
  std::vector<double> usd;                ///< of a node by period
  std::vector<bool> can_start;            ///< by period: its lead time allows it
  std::optional<double> limit;            ///< most nodes at a time beside those held
  std::vector<double> supply;             ///< most new nodes by period; empty: no limit
  double break_even = 0;                  ///< share of the hours at which it costs as much as on demand
};

struct LoadState {
  int period = 0, outcome = 0;
  double hours = 0;                       ///< of the period, if the outcome comes
  double nodes = 0;                       ///< needed, beside nodes that are no commitments
};

/// Interchangeable nodes: of a type, in a region.
struct CommitmentMarket {
  std::string region, node, on_demand;    ///< on_demand: the cheapest pool
  std::vector<double> rented_usd;         ///< of a node-hour on demand by period
  double usable_committed = 1, usable_rented = 1;
  std::vector<double> held;               ///< nodes committed before, by period
  std::vector<double> held_usd;           ///< what they cost, by period
  std::vector<double> hours;              ///< of a period
  std::vector<double> probabilities;      ///< of outcomes
  std::vector<CommitmentOffer> offers;
  std::vector<LoadState> load;
};

struct CommitmentOrder {
  int offer = 0, period = 0;
  double nodes = 0;
};

/// One way to commit.
struct CommitmentResult {
  std::string name;
  std::vector<CommitmentOrder> orders;
  std::vector<double> outcome_usd;        ///< by outcome
  double usd = 0;                         ///< expected
  double on_demand_usd = 0;               ///< the same load without any commitment, expected
  double needed_hours = 0, committed_hours = 0, used_hours = 0;  ///< of usable nodes, expected
  double mean_regret_usd = 0, worst_regret_usd = 0;  ///< against knowing the outcome
  double tail_usd = 0;                    ///< mean cost of the worst outcomes (CVaR)

  double coverage() const { return needed_hours > 0 ? used_hours / needed_hours : 0; }
  double utilisation() const { return committed_hours > 0 ? used_hours / committed_hours : 0; }
  double savings_rate() const { return on_demand_usd > 0 ? 1 - usd / on_demand_usd : 0; }
};

/// Regions and node types with an on-demand pool and a reserved one, as the plan loads them. Losses of regions are left out.
std::vector<CommitmentMarket> commitment_markets(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Plan& plan);

/// Cost, coverage and the rest of orders; no regret.
CommitmentResult evaluate_commitments(const CommitmentMarket& market, std::string name, std::vector<CommitmentOrder> orders, double level);

/// The orders of least expected cost, or of least cost in one outcome.
std::vector<CommitmentOrder> best_commitments(const CommitmentMarket& market, std::optional<int> outcome, optimize::Solver& solver);

/// Each period of the cheapest offer as much as covers the share of its expected node-hours.
std::vector<CommitmentOrder> cover_commitments(const CommitmentMarket& market, double share);

/// "best", "as planned", "80 % covered", "none", "foresight", with regret against the last. `level`: of the tail, 0.95 for the worst 5 %.
std::vector<CommitmentResult> compare_commitments(const CommitmentMarket& market, const std::vector<CommitmentOrder>& planned, double level, optimize::Solver& solver);

/// The plan's orders of a market's offers.
std::vector<CommitmentOrder> planned_commitments(const CommitmentMarket& market, const Plan& plan);

}  // namespace tonnage::tco
