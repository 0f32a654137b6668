#include "model.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "candidates.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::allocate {

using optimize::infinity;
using optimize::Terms;

namespace {

constexpr double seconds_per_hour = 3600;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class Builder {
 public:
  Builder(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present)
      : scenario_(scenario), demand_(demand), capacities_(capacities), present_(present), periods_(static_cast<int>(scenario.periods.size())) {}

  Model build(Origins origins) {
    model_.groups = origin_groups(scenario_, demand_, capacities_, origins);
    index();
    add_holdings(scenario_, model_);
    for (int t = 0; t < periods_; ++t) {
      usable(t);
      for (int s = 0; s < outcomes(); ++s) {
        for (int b = 0; b < blocks(); ++b) state({t, b, s, -1});
        add_deferred(scenario_, demand_, t, s, model_);
        losses(t, s);
      }
      fixed_sites(t);
    }
    model_.sunk_usd += fixed_cost_usd(scenario_);
    if (model_.program.columns() == 0) model_.program.add_column("nothing to decide", 0, 0, 0, false);  // solvers want a column
    model_.program.offset = model_.sunk_usd;
    add_committed_spend(scenario_, demand_, model_);
    add_churn(scenario_, demand_, capacities_, present_, model_);
    add_min_replicas(scenario_, demand_, capacities_, model_);
    add_risk(scenario_, demand_, model_);
    return std::move(model_);
  }

 private:
  int pools() const { return static_cast<int>(scenario_.pools.size()); }
  int blocks() const { return static_cast<int>(demand_.blocks.size()); }
  int outcomes() const { return static_cast<int>(demand_.outcomes.size()); }
  int regions() const { return static_cast<int>(scenario_.regions.size()); }
  const Pool& pool(int p) const { return scenario_.pools[at(p)]; }
  const std::string& period_name(int t) const { return scenario_.periods[at(t)].name; }
  const NodeType& node_of(int p) const { return scenario_.nodes[at(pool_node_[at(p)])].type; }
  const Region& region_of(int p) const { return scenario_.regions[at(pool_region_[at(p)])]; }

  void index() {
    for (const Pool& p : scenario_.pools) {
      pool_region_.push_back(region_index(scenario_, p.region));
      pool_node_.push_back(node_index(scenario_, p.node));
    }
    for (int w = 0; w < static_cast<int>(scenario_.workloads.size()); ++w) {
      deployments_of_.emplace_back();
      for (int d = 0; d < static_cast<int>(capacities_.deployments.size()); ++d)
        if (capacities_.deployments[at(d)].workload == scenario_.workloads[at(w)].name) deployments_of_.back().push_back(d);
      groups_of_.emplace_back();
      for (int g = 0; g < static_cast<int>(model_.groups.size()); ++g)
        if (model_.groups[at(g)].workload == w) groups_of_.back().push_back(g);
    }
  }

  /// Nodes of a type that a period has in a region, whoever they are from: all that its states share. One column each keeps
  /// states apart from pools, which is what makes large programs fast.
  void usable(int t) {
    auto& lp = model_.program;
    usable_.emplace_back();
    for (int region = 0; region < regions(); ++region)
      for (int n = 0; n < static_cast<int>(scenario_.nodes.size()); ++n) {
        Terms terms;
        double there = 0;
        for (int p = 0; p < pools(); ++p) {
          if (pool_region_[at(p)] != region || pool_node_[at(p)] != n) continue;
          there += pool(p).in_service_nodes[at(t)] * usable_share(scenario_, pool(p));
          if (model_.held[at(p)][at(t)] >= 0) terms.emplace_back(model_.held[at(p)][at(t)], -usable_share(scenario_, pool(p)));
        }
        int& column = usable_.back()[{region, n}];
        column = -1;
        if (terms.empty() && there == 0) continue;
        const std::string name = fmt::format("usable[{},{},{}]", scenario_.regions[at(region)].name, scenario_.nodes[at(n)].type.name, period_name(t));
        column = lp.add_column(name, 0, 0, infinity);
        lp.link_column(column);
        terms.emplace_back(column, 1);
        lp.add_row(name, there, there, terms);
      }
    for (const SiteLimit& limit : site_limits)
      for (int region = 0; region < regions(); ++region) drawn(limit, region, t);
  }

  /// What all nodes of a region share.
  struct SiteLimit {
    const char *kind, *unit, *drawn;
    bool power;
  };
  static constexpr SiteLimit site_limits[] = {{"power", "MW", "drawn", true}, {"space", "node", "standing", false}};

  /// In MW and nodes; nothing where there is no limit.
  std::optional<double> limit_of(const SiteLimit& limit, int region, int t) const {
    const Region& where = scenario_.regions[at(region)];
    if (!limit.power) return where.space_nodes;
    return where.power_w.empty() ? std::nullopt : std::optional(where.power_w[at(t)] * 1e-6);
  }

  double per_node(const SiteLimit& limit, int p) const { return limit.power ? megawatts(p) : pool(p).offer == OfferKind::api ? 0 : 1; }

  /// What the nodes ordered take of a limit of their region, in MW at full load, or in nodes.
  void drawn(const SiteLimit& limit, int region, int t) {
    auto& lp = model_.program;
    int& column = drawn_[{limit.power, region, t}];
    column = -1;
    if (!limit_of(limit, region, t)) return;
    Terms terms;
    for (int p = 0; p < pools(); ++p)
      if (pool_region_[at(p)] == region && model_.held[at(p)][at(t)] >= 0) terms.emplace_back(model_.held[at(p)][at(t)], -per_node(limit, p));
    if (terms.empty()) return;
    const std::string name = fmt::format("{}[{},{}]", limit.drawn, scenario_.regions[at(region)].name, period_name(t));
    column = lp.add_column(name, 0, 0, infinity);
    lp.link_column(column);
    terms.emplace_back(column, 1);
    lp.add_row(name, 0, 0, terms);
  }

  double megawatts(int p) const { return region_of(p).pue * node_of(p).power_w * 1e-6; }

  /// The loss of each region that the policy names, one at a time.
  void losses(int t, int s) {
    if (!scenario_.policies.survive) return;
    const int block = peak_block(scenario_, demand_, capacities_, model_, t, s);
    for (const std::string& region : scenario_.policies.survive->regions) state({t, block, s, region_index(scenario_, region)});
  }

  // ---- one state: a block of a period in an outcome, or the loss of a region in the peak block ----

  /// Hours that the state counts in the expected cost.
  double weight_hours(const State& st) const {
    const double p = demand_.outcomes[at(st.outcome)].probability * discount_factor(scenario_, st.period);
    if (st.lost_region >= 0) return p * scenario_.policies.survive->weight_hours_per_month * period_months(scenario_);
    return p * demand_.blocks[at(st.block)].hours[at(st.period)];
  }

  std::string label(const State& st) const {
    const std::string lost = st.lost_region >= 0 ? ",without " + scenario_.regions[at(st.lost_region)].name : "";
    return fmt::format("{},{},{}{}", period_name(st.period), demand_.blocks[at(st.block)].name, demand_.outcomes[at(st.outcome)].name, lost);
  }

  bool in_state(const Workload& w, const State& st) const { return st.lost_region < 0 || (!w.deferrable && w.protected_share > 0); }

  void state(const State& st) {
    model_.states.push_back({st, {}, {}, {}, {}, {}});
    StateColumns& out = model_.states.back();
    label_ = label(st);
    rents(out);
    for (int w = 0; w < static_cast<int>(scenario_.workloads.size()); ++w)
      if (in_state(scenario_.workloads[at(w)], st)) workload(out, w);
    capacity_rows(out);
    add_provider_shares(scenario_, capacities_, label_, out, model_);
    state_sites(out);
  }

  void rents(StateColumns& out) {
    const State& st = out.state;
    for (int p = 0; p < pools(); ++p) {
      const Pool& one = pool(p);
      if (!hourly(one.offer) || pool_region_[at(p)] == st.lost_region) continue;
      if (st.lost_region >= 0 && one.offer == OfferKind::spot) continue;  // nobody promises spot in a failover
      const Region& region = region_of(p);
      const double idle = electricity_usd_per_wh(scenario_, region, st.period) * region.pue * node_of(p).idle_power_w;
      const double usd_per_hour = rent_usd_per_hour(scenario_, one, st.period) + (st.lost_region < 0 ? idle : 0);
      const int column = model_.program.add_column(fmt::format("rent[{},{}]", one.name, label_), weight_hours(st) * usd_per_hour, 0, infinity);
      out.rents.push_back({p, column});
      if (one.limit_nodes)
        model_.limits.push_back({"limit", one.name, one.offer == OfferKind::api ? "M tokens/h" : "node", st.period, model_.program.add_row(fmt::format("limit[{},{}]", one.name, label_), -infinity, *one.limit_nodes, {{column, 1}}), 1, *one.limit_nodes});
    }
  }

  void workload(StateColumns& out, int w) {
    auto& lp = model_.program;
    const Workload& one = scenario_.workloads[at(w)];
    const State& st = out.state;
    std::map<std::pair<int, double>, Terms> routed;  // by region and class of round trip
    for (const int g : groups_of_[at(w)]) {
      const double load = model_.groups[at(g)].load(demand_, st) * (st.lost_region >= 0 ? one.protected_share : 1);
      if (load <= 0 && !one.deferrable) continue;
      Terms demand_terms;
      for (const auto& [region, trip] : model_.groups[at(g)].reach) {
        if (region == st.lost_region) continue;
        const double egress = st.lost_region < 0 && one.unit == "requests/s" ? scenario_.regions[at(region)].egress_usd_per_request * weight_hours(st) * seconds_per_hour : 0;
        const int column = lp.add_column(fmt::format("route[{},{},{},{}]", one.name, model_.groups[at(g)].name(demand_), scenario_.regions[at(region)].name, label_), egress, 0, infinity);
        out.routes.push_back({w, g, region, column});
        demand_terms.emplace_back(column, 1);
        routed[{region, trip}].emplace_back(column, 1);
      }
      const int unmet = shortage(out, w, g, load);
      demand_terms.emplace_back(unmet, 1);
      if (!one.deferrable) lp.add_row(fmt::format("demand[{},{},{}]", one.name, model_.groups[at(g)].name(demand_), label_), load, load, demand_terms);
    }
    for (const auto& [where, terms] : routed) places(out, w, where.first, where.second, terms);
    if (st.lost_region < 0 && keeps_replicas(scenario_, w)) standbys(out, w);
  }

  int shortage(StateColumns& out, int w, int g, double load) {
    const Workload& one = scenario_.workloads[at(w)];
    const bool never = !one.unmet_usd_per_unit;
    const double per_unit = one.unit == "requests/s" ? seconds_per_hour : 1;
    const double cost = never ? 0 : *one.unmet_usd_per_unit * per_unit * weight_hours(out.state);
    const int column = model_.program.add_column(fmt::format("unmet[{},{},{}]", one.name, model_.groups[at(g)].name(demand_), label_), cost, 0,
                                                 one.deferrable ? infinity : load);
    out.shorts.push_back({w, g, column, never, cost});
    return column;
  }

  Counts what_counts(const State& st, int w) const {
    Counts out;
    if (st.lost_region >= 0) return out;
    out.power = true;
    out.ready_replicas = keeps_replicas(scenario_, w);
    out.moved_replicas = scenario_.workloads[at(w)].move_cost_usd > 0;
    out.moved_accelerators = scenario_.policies.churn_per_month.has_value();
    out.all = present_ != nullptr || !scenario_.policies.provider_shares.empty();
    return out;
  }

  void places(StateColumns& out, int w, int region, double trip, Terms routed) {
    auto& lp = model_.program;
    const Region& where = scenario_.regions[at(region)];
    const State& st = out.state;
    for (const Candidate& one : candidates(scenario_, capacities_, deployments_of_[at(w)], trip, what_counts(st, w))) {
      if (offered_.count({region, *one.node}) == 0) continue;
      const Deployment& deployment = capacities_.deployments[at(one.deployment)];
      const double used = used_share(scenario_, deployment);
      const double energy = st.lost_region < 0 ? weight_hours(st) * one.busy_w * where.pue * electricity_usd_per_wh(scenario_, where, st.period) : 0;
      const int column = lp.add_column(fmt::format("place[{},{},{}x{},{}]", scenario_.workloads[at(w)].name, where.name, deployment.accelerators, deployment.node, label_), energy, 0, infinity);
      out.places.push_back({w, region, one.deployment, column, one.nodes / used, one.replicas / used, one.busy_w});
      routed.emplace_back(column, -1);
    }
    lp.add_row(fmt::format("placed[{},{},{}]", scenario_.workloads[at(w)].name, where.name, label_), 0, 0, routed);
  }

  void standbys(StateColumns& out, int w) {
    std::map<std::pair<int, std::string>, StandbyColumn> smallest;
    for (const PlaceColumn& place : out.places) {
      if (place.workload != w || is_hosted(capacities_.deployments[at(place.deployment)])) continue;
      const StandbyColumn one{w, place.region, place.deployment, -1, place.nodes_per_load / place.replicas_per_load};
      const auto [found, fresh] = smallest.try_emplace({place.region, capacities_.deployments[at(place.deployment)].node}, one);
      if (!fresh && one.nodes_per_replica < found->second.nodes_per_replica) found->second = one;
    }
    for (auto& [where, one] : smallest) {
      const Deployment& deployment = capacities_.deployments[at(one.deployment)];
      one.column = model_.program.add_column(fmt::format("standby[{},{},{}x{},{}]", scenario_.workloads[at(w)].name, scenario_.regions[at(one.region)].name, deployment.accelerators, deployment.node, label_), 0, 0, infinity);
      out.standbys.push_back(one);
    }
  }

  void capacity_rows(StateColumns& out) {
    const State& st = out.state;
    for (int region = 0; region < regions(); ++region)
      for (int n = 0; n < static_cast<int>(scenario_.nodes.size()); ++n) {
        const std::string& name = scenario_.nodes[at(n)].type.name;
        Terms terms;
        for (const PlaceColumn& place : out.places)
          if (place.region == region && capacities_.deployments[at(place.deployment)].node == name) terms.emplace_back(place.column, place.nodes_per_load);
        if (terms.empty()) continue;
        for (const StandbyColumn& standby : out.standbys)
          if (standby.region == region && capacities_.deployments[at(standby.deployment)].node == name) terms.emplace_back(standby.column, standby.nodes_per_replica);
        if (usable_[at(st.period)][{region, n}] >= 0) terms.emplace_back(usable_[at(st.period)][{region, n}], -1);
        for (const RentColumn& rent : out.rents)
          if (pool_region_[at(rent.pool)] == region && pool_node_[at(rent.pool)] == n) terms.emplace_back(rent.column, -usable_share(scenario_, pool(rent.pool)));
        model_.program.add_row(fmt::format("capacity[{},{},{}]", scenario_.regions[at(region)].name, name, label_), -infinity, 0, terms);
      }
  }

  /// Limits of regions whose nodes can change from state to state.
  void state_sites(StateColumns& out) {
    for (const SiteLimit& limit : site_limits)
      for (int region = 0; region < regions(); ++region) {
        Terms terms;
        for (const RentColumn& rent : out.rents)
          if (pool_region_[at(rent.pool)] == region) terms.emplace_back(rent.column, 1);
        if (!terms.empty()) site_row(limit, region, out.state.period, label_, terms);
      }
  }

  void fixed_sites(int t) {
    for (const SiteLimit& limit : site_limits)
      for (int region = 0; region < regions(); ++region) site_row(limit, region, t, period_name(t), {});
  }

  /// PUE x power of all nodes <= power of the region and what is bought, in MW; or all nodes <= the room for them. `rents` holds columns
  /// of rented nodes.
  void site_row(const SiteLimit& kind, int region, int t, const std::string& name, const Terms& rents) {
    const Region& where = scenario_.regions[at(region)];
    const std::optional<double> limit = limit_of(kind, region, t);
    if (!limit) return;
    Terms terms;
    double there = 0;
    for (int p = 0; p < pools(); ++p) {
      if (pool_region_[at(p)] != region) continue;
      there += per_node(kind, p) * pool(p).in_service_nodes[at(t)];
      for (const auto& [column, one] : rents)
        if (is_rent_of(column, p)) terms.emplace_back(column, per_node(kind, p) * one);
    }
    if (const int column = drawn_[{kind.power, region, t}]; column >= 0) terms.emplace_back(column, 1);
    if (const int bought = model_.bought_power[at(region)][at(t)]; kind.power && bought >= 0 && (!terms.empty() || there > *limit)) terms.emplace_back(bought, -1);
    if (there > *limit * (1 + 1e-9) && rents.empty() && (!kind.power || model_.bought_power[at(region)][at(t)] < 0)) model_.conflicts.push_back(crowded(kind, where, t, there, *limit));
    if (terms.empty()) return;
    model_.limits.push_back({kind.kind, where.name, kind.unit, t, model_.program.add_row(fmt::format("{}[{},{}]", kind.kind, where.name, name), -infinity, *limit - there, terms), 1, *limit});
  }

  std::string crowded(const SiteLimit& kind, const Region& where, int t, double there, double limit) const {
    if (kind.power) return fmt::format("power in {} in {}: the nodes already there draw {:.3f} MW at full load, the limit is {:.3f} MW", where.name, period_name(t), there, limit);
    return fmt::format("space in {} in {}: {:.6g} nodes are already there, there is room for {:.6g}", where.name, period_name(t), there, limit);
  }

  bool is_rent_of(int column, int p) const {
    for (const RentColumn& rent : model_.states.back().rents)
      if (rent.column == column) return rent.pool == p;
    return false;
  }

  const Scenario& scenario_;
  const Demand& demand_;
  const Capacities& capacities_;
  const Present* present_;
  int periods_;
  Model model_;
  std::vector<int> pool_region_, pool_node_;
  std::set<std::pair<int, std::string>> offered_ = offered_nodes(scenario_);
  std::map<std::tuple<bool, int, int>, int> drawn_;           ///< [power or space, region, period]: column, or -1
  std::vector<std::map<std::pair<int, int>, int>> usable_;   ///< [period][region, node type]: column, or -1
  std::vector<std::vector<int>> deployments_of_, groups_of_;
  std::string label_;                                        ///< of the state at hand, in names
};

}  // namespace

Model build_model(const Scenario& scenario, const Demand& demand, const Capacities& capacities, const Present* present, Origins origins) {
  return Builder(scenario, demand, capacities, present).build(origins);
}

}  // namespace tonnage::allocate
