// How money is counted over time. Used by every stage that prices anything, so that all count alike.
#pragma once

#include <set>
#include <string>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage {

/// Nominal months of a period (a quarter has 3).
double period_months(const Scenario& scenario);
/// Hours of period t: the calendar's, or so many a month as `finance.hours` says (a week keeps its 168).
double period_hours(const Scenario& scenario, int t);
/// Interest of a month: (1 + r)^(1/12) - 1 when r is effective, r / 12 when it is nominal.
double monthly_rate(const Finance& finance);
/// Present value at the horizon's start of 1 USD paid in period t, at the period's start, middle or end.
double discount_factor(const Scenario& scenario, int t);
/// Capital recovery: the level payment each month that repays `price` with interest over `life_months`
/// (annuity in arrears; Park, "Fundamentals of Engineering Economics": A = P i / (1 - (1 + i)^-n)). USD per month.
double capital_recovery_per_month(const Finance& finance, double price_usd, double life_months);
/// Level payment each month that repays 1 USD less what is left of it at the end of life.
double recovery_per_month(const Finance& finance, double life_months, double residual_share);
/// What a factor is under these finances.
double value_of(const Finance& finance, const Recovery& recovery);
/// Electricity of a region in period t, escalated from the base date. USD per Wh.
double electricity_usd_per_wh(const Scenario& scenario, const Region& region, int t);
/// Paid for as it is used, without commitment: on demand, spot, and hosted models by the token.
bool hourly(OfferKind offer);
/// What a node of the pool costs by the hour in period t; a price by the month is spread over the period's hours. USD.
double rent_usd_per_hour(const Scenario& scenario, const Pool& pool, int t);
/// Quoted so long before the horizon's start that it may no longer hold.
inline constexpr int stale_days = 90;
bool stale(const PriceRecord& price, Date start);
/// Nodes of the pool that can be counted on, as a share: availability for held nodes; for spot less what is taken back and what is done again.
double usable_share(const Scenario& scenario, const Pool& pool);
/// Whole periods that a node ordered now stays: by term or life; never less than one.
int periods_in_service(const Scenario& scenario, const Pool& pool);
/// Last day on which an order for period t can be placed.
Date order_by(const Scenario& scenario, const Pool& pool, int t);
Date order_by(const Scenario& scenario, const PowerOffer& offer, int t);
/// Nodes that carry one unit of load on a replica of `accelerators` that carries `load_per_s`: replicas are whole within a
/// node, a replica larger than a node takes whole nodes.
double nodes_per_load(const NodeType& node, int accelerators, double load_per_s);
/// Share of a deployment's capacity that may be used: headroom taken off, which what is paid per token needs none of.
double used_share(const Scenario& scenario, const Deployment& deployment);
/// What a million tokens an hour at the dearer of a pool's two prices carry of a workload, requests/s. 0: it has no tokens.
double hosted_load_per_s(const Pool& pool, const Shape& shape);
/// W that a unit of load adds to what the nodes it occupies draw idle.
double busy_w_per_load(const NodeType& node, const Deployment& deployment);

/// Index by name, or -1.
int region_index(const Scenario& scenario, const std::string& name);
int pool_index(const Scenario& scenario, const std::string& name);
int node_index(const Scenario& scenario, const std::string& name);
/// Regions that may serve an origin of a workload: by `serve`, else by reach and residency; indices in the scenario's order.
std::vector<int> reachable_regions(const Scenario& scenario, const Workload& workload, const std::string& origin);
/// Origins that a demand names; none when it is not split.
std::set<std::string> origin_names(const DemandSource& demand);
/// Round trip between an origin and a region in seconds; 0 when not given.
double round_trip_s(const Scenario& scenario, const std::string& origin, const std::string& region);

}  // namespace tonnage
