// Makes the line items of each cost.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::tco {

struct Inputs {
  const Scenario& scenario;
  const Demand& demand;
  const Capacities& capacities;
  const Plan& plan;
};

/// First factor of the energy of work.
inline constexpr const char* busy_power = "power of work above idle";

/// Expected hours that a state counts, undiscounted: probability x the block's hours, or the hours of a loss.
double state_hours(const Inputs& in, const State& state);

void holding_lines(const Inputs& in, std::vector<LineItem>& lines);   ///< costs of holding nodes, fixed costs
void power_lines(const Inputs& in, std::vector<LineItem>& lines);     ///< power bought
void spare_lines(const Inputs& in, std::vector<LineItem>& lines);     ///< stock for nodes in repair, which decisions do not see
/// Period and number of the spares that are bought for what the plan orders: what the stock for existing nodes does not cover, and has not yet.
std::vector<std::pair<int, double>> spares_bought(const Scenario& scenario, const Pool& pool, const PoolPlan& held);
void run_off_lines(const Inputs& in, std::vector<LineItem>& lines);   ///< what orders owe after the horizon, where that counts
void hosted_lines(const Inputs& in, std::vector<LineItem>& lines);    ///< api: tokens that hosted models read and write
void rental_lines(const Inputs& in, std::vector<LineItem>& lines);    ///< on-demand, spot, failover
void energy_lines(const Inputs& in, std::vector<LineItem>& lines);
void request_lines(const Inputs& in, std::vector<LineItem>& lines);   ///< egress, unmet
void unspent_lines(const Inputs& in, std::vector<LineItem>& lines);   ///< promised to a provider and not spent

/// Splits the capacity cost by what it is used for.
IdleCost idle_cost(const Inputs& in, const std::vector<LineItem>& lines);

using HeldKey = std::tuple<int, int, int>;  ///< period, region, node type

/// Share of the hours of held nodes that work occupies, headroom included; work is on held nodes first. 1 where the scenario has no work.
std::map<HeldKey, double> used_share_of_held(const Inputs& in);

/// Rounds the amounts: the end of every line.
LineItem finish(const Scenario& scenario, LineItem line);

}  // namespace tonnage::tco
