// The allocation model as a linear program, with the columns and rows that each decision and limit became.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::allocate {

/// Origins of a workload that reach the same regions, each with the same deployments: their load is one to the model.
struct OriginGroup {
  int workload;
  std::vector<int> series;                ///< indices into Demand::series
  std::vector<std::pair<int, double>> reach;  ///< region, and the round trip that deployments there must allow
  double load(const Demand& demand, const State& state) const;
  std::string name(const Demand& demand) const;   ///< the first origin, and how many more
};
enum class Origins { merged, apart };
std::vector<OriginGroup> origin_groups(const Scenario& scenario, const Demand& demand, const Capacities& capacities, Origins origins);
/// Regions and the types of node that can be had there.
std::set<std::pair<int, std::string>> offered_nodes(const Scenario& scenario);

struct RouteColumn {
  int workload, group, region, column;    ///< group: index into Model::groups
};
struct PlaceColumn {
  int workload, region, deployment, column;
  double nodes_per_load, replicas_per_load;   ///< headroom included
  double busy_w_per_load;                     ///< beyond idle
};
/// Replicas that are kept ready without load, so that a region has the fewest it must have: of each node type the smallest.
struct StandbyColumn {
  int workload, region, deployment, column;
  double nodes_per_replica;
};
struct ShortColumn {
  int workload, group, column;
  bool never;                             ///< the scenario says that this load is always served
  double priced_usd;                      ///< cost per unit of load when it has a price
};
struct RentColumn {
  int pool, column;
};

/// Committed nodes of a pool that a period exchanges for nodes of another.
struct ConversionColumn {
  int from, to, period;
  int given, gained;                      ///< columns: nodes given up, and those had for them
};

struct UnspentColumn {
  int promise, outcome, period, column;
  double unit_usd;                        ///< that the column counts
};

/// Load that leaves a place from one period to the next.
struct MoveColumn {
  int period, outcome, workload, column;
  std::string region, node;
  int accelerators;
  double replica_load;
};

/// What a place, a deployment of a workload in a region, has in an outcome where moves are counted, in all periods.
struct PlaceColumns {
  struct Mean {
    int period, row, column;
  };
  struct Leaving {
    int period, row, moved, fallen;       ///< columns of what has left since the period before; fallen: -1 where demand does not fall
  };
  int outcome;
  std::vector<int> loads;                 ///< of its states
  std::vector<Mean> means;
  std::vector<Leaving> leaving;
  bool present = false;                   ///< something runs there already
};

/// What an outcome costs beyond the columns of the risk.
struct WorstRow {
  int row, beyond;
  double mean_dual;                       ///< where all outcomes are as bad: then the risk is the mean
};

struct StateColumns {
  State state;
  std::vector<RouteColumn> routes;
  std::vector<PlaceColumn> places;
  std::vector<ShortColumn> shorts;
  std::vector<RentColumn> rents;
  std::vector<StandbyColumn> standbys;
};

/// A row whose dual is worth telling. `per` turns a unit of the row into the unit that is told (1e6 W in a MW).
struct LimitRow {
  std::string kind, name, unit;
  int period, row;
  double per, limit;
  bool so_far = false;                    ///< of all periods up to its own together
};

struct Model {
  optimize::LinearProgram program;
  std::vector<OriginGroup> groups;
  std::vector<std::vector<int>> order;    ///< [pool][period]: column, or -1
  std::vector<std::vector<int>> bought_power;  ///< [region][period]: MW bought so far; column, or -1
  std::vector<std::vector<int>> held;     ///< [pool][period]: nodes in service that were ordered, less those exchanged; column, or -1
  std::vector<ConversionColumn> conversions;
  std::vector<StateColumns> states;
  std::vector<LimitRow> limits;
  std::vector<LimitRow> rules;            ///< rows that are no amount to be bought, but can be in conflict
  std::vector<UnspentColumn> unspent;
  std::vector<MoveColumn> moves;
  std::vector<PlaceColumns> places;       ///< where moves are counted
  std::vector<int> tie_rows;              ///< that tie states together: means, leaving, what falls of a workload, churn; the worst outcomes
  std::vector<int> falls_rows;            ///< of these, what falls of a workload
  std::vector<int> risk;                  ///< columns of the weight on the worst outcomes: what they cost at least, and beyond that
  std::vector<WorstRow> worst;
  std::vector<std::string> conflicts;     ///< limits that the present fleet already breaks
  double sunk_usd = 0;                    ///< what the nodes already there cost
};

/// The part of a program's cost that each outcome has: terms of its own states at full weight, and the terms of all.
struct OutcomeCosts {
  std::vector<optimize::Terms> own;       ///< by outcome
  optimize::Terms common;
};
OutcomeCosts outcome_costs(const Demand& demand, const Model& model);

/// Origins apart where what becomes of each is asked.
Model build_model(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present = nullptr, Origins origins = Origins::merged);

/// Load of each origin of a group that goes to each region, or to none (-1), from what the group's columns say.
struct OriginFlow {
  int workload, group, series, region;
  double load;
};
std::vector<OriginFlow> flows_of(const Scenario& scenario, const Demand& demand, const Model& model, const StateColumns& columns, const std::vector<double>& x);

/// Columns and rows of what is held, and of what limits that; before all states.
void add_holdings(const Scenario& scenario, Model& model);
/// Present value per node in service for a period: what is paid for it, the rent of its place, its idle energy.
double holding_cost_usd(const Scenario& scenario, int pool, int t);
/// Present value of what a node ordered for period t owes after the horizon, where that counts.
double run_off_usd(const Scenario& scenario, int pool, int t);
/// Present value of costs that no decision changes.
double fixed_cost_usd(const Scenario& scenario);
/// The block whose protected load needs the most accelerators: unlike workloads' requests do not add up.
int peak_block(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Model& model, int t, int s);
/// Of the accelerators that work in a block, so many are at a provider. A loss of a region may re-route anywhere. `label`: of the state.
void add_provider_shares(const Scenario& scenario, const Capacities& capacities, const std::string& label, const StateColumns& out, Model& model);
/// Work that can wait: the period's total is done in whichever of its blocks, which are the last states made.
void add_deferred(const Scenario& scenario, const Demand& demand, int t, int s, Model& model);
/// Columns and rows of policies.committed_spend; after all states.
void add_committed_spend(const Scenario& scenario, const Demand& demand, Model& model);

/// Columns and rows of what moves between periods, and from the present plan when there is one; after all states.
void add_churn(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present, Model& model);
/// The weight on the worst outcomes; after all that costs.
void add_risk(const Scenario& scenario, const Demand& demand, Model& model);
/// Whether policies.min_replicas holds for the workload: for requests that are answered at once.
bool keeps_replicas(const Scenario& scenario, int workload);
/// Columns and rows of policies.min_replicas; after all states.
void add_min_replicas(const Scenario& scenario, const Demand& demand, const Capacities& capacities, Model& model);

}  // namespace tonnage::allocate
