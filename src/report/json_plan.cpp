#include "json_facts.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::report {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Json proof_json(const Proof& p) {
  return {{"status", p.status}, {"objective_usd", p.objective_usd}, {"bound_usd", p.bound_usd}, {"gap", p.gap}, {"relaxation_usd", p.relaxation_usd}, {"sunk_usd", p.sunk_usd}, {"risk_usd", p.risk_usd}, {"fairness_usd", p.fairness_usd}, {"columns", p.columns}, {"rows", p.rows},
          {"fractions", p.fractions}, {"integers", p.integers}, {"nonzeros", p.nonzeros}};
}

Json shortfalls_json(const Scenario& s, const std::vector<Shortfall>& list) {
  Json out = Json::array();
  for (const Shortfall& x : list)
    out.push_back({{"state", x.state}, {"workload", s.workloads[at(x.workload)].name}, {"origin", x.origin}, {"load_per_s", x.load_per_s}, {"demand_per_s", x.demand_per_s}});
  return out;
}

Json states_json(const Scenario& s, const Demand& d, const Plan& plan) {
  Json out = Json::array();
  for (const State& st : plan.states) {
    const bool lost = st.lost_region >= 0;
    out.push_back({{"period", s.periods[at(st.period)].name}, {"block", d.blocks[at(st.block)].name}, {"outcome", d.outcomes[at(st.outcome)].name}, {"lost_region", lost ? Json(s.regions[at(st.lost_region)].name) : Json(nullptr)}});
  }
  return out;
}

}  // namespace

Json plan_json(const Scenario& s, const Demand& d, const Plan& plan) {
  Json out = {{"proof", proof_json(plan.proof)}};
  for (const char* key : {"orders", "power_orders", "pools", "limits"}) out[key] = Json::array();
  out["limits_by"] = plan.limits_by_dual ? "dual" : "re-solve";
  for (const Order& o : plan.orders)
    out["orders"].push_back({{"pool", o.pool}, {"period", s.periods[at(o.period)].name}, {"nodes", o.nodes}, {"order_by", to_string(o.order_by)}, {"present_value_usd", o.present_value_usd}});
  for (const PowerOrder& o : plan.power_orders)
    out["power_orders"].push_back({{"region", o.region}, {"period", s.periods[at(o.period)].name}, {"power_w", o.power_w}, {"order_by", to_string(o.order_by)}, {"present_value_usd", o.present_value_usd}});
  for (const PoolPlan& p : plan.pools)
    out["pools"].push_back({{"pool", p.pool}, {"existing_nodes", p.existing}, {"in_service_nodes", p.in_service}, {"rented_node_hours", p.rented_hours}, {"rented_peak_nodes", p.rented_peak}});
  for (const BindingLimit& l : plan.limits)
    out["limits"].push_back({{"kind", l.kind}, {"name", l.name}, {"period", l.period == every_period ? Json(nullptr) : Json(s.periods[at(l.period)].name)}, {"limit", l.limit}, {"unit", l.unit}, {"worth_usd", l.worth_usd}, {"loss_usd", l.loss_usd ? Json(*l.loss_usd) : Json(nullptr)}, {"worth_until", l.worth_until ? Json(*l.worth_until) : Json(nullptr)}, {"loss_until", l.loss_until ? Json(*l.loss_until) : Json(nullptr)}});
  out["conversions"] = Json::array();
  for (const Conversion& c : plan.conversions)
    out["conversions"].push_back({{"from", s.pools[at(c.from)].name}, {"to", s.pools[at(c.to)].name}, {"period", s.periods[at(c.period)].name}, {"nodes", c.nodes}, {"gained_nodes", c.gained}});
  add_reasons(s, d, plan, out);
  out["outcome_cost_usd"] = plan.outcome_cost_usd;
  out["conflicts"] = plan.conflicts;
  out["shortfalls"] = shortfalls_json(s, plan.shortfalls);
  out["exposed"] = shortfalls_json(s, plan.exposed);
  out["states"] = states_json(s, d, plan);
  for (const char* key : {"flows", "placements", "rentals"}) out[key] = Json::array();
  for (const Flow& f : plan.flows)
    out["flows"].push_back({{"state", f.state}, {"workload", s.workloads[at(f.workload)].name}, {"origin", f.origin}, {"region", f.region >= 0 ? Json(s.regions[at(f.region)].name) : Json(nullptr)}, {"load_per_s", f.load_per_s}});
  for (const Placement& p : plan.placements)
    out["placements"].push_back({{"state", p.state}, {"workload", s.workloads[at(p.workload)].name}, {"region", s.regions[at(p.region)].name}, {"deployment", p.deployment}, {"load_per_s", p.load_per_s}, {"nodes", p.nodes}});
  out["standbys"] = Json::array();
  for (const Standby& x : plan.standbys)
    out["standbys"].push_back({{"state", x.state}, {"workload", s.workloads[at(x.workload)].name}, {"region", s.regions[at(x.region)].name}, {"deployment", x.deployment}, {"replicas", x.replicas}, {"nodes", x.nodes}});
  for (const Rental& r : plan.rentals) out["rentals"].push_back({{"state", r.state}, {"pool", s.pools[at(r.pool)].name}, {"nodes", r.nodes}});
  out["unspent"] = Json::array();
  for (const Unspent& u : plan.unspent) {
    const CommittedSpend& promise = s.policies.committed_spend[at(u.promise)];
    out["unspent"].push_back({{"provider", promise.provider}, {"year", promise.year}, {"outcome", d.outcomes[at(u.outcome)].name}, {"period", s.periods[at(u.period)].name}, {"usd", u.usd}});
  }
  return out;
}

Json ledger_json(const Scenario& s, const Ledger& ledger) {
  const auto totals = [](const LedgerTotals& t) {
    return Json{{"cost_usd", money_number(t.amount)}, {"present_value_usd", money_number(t.present_value)}, {"expense_usd", money_number(t.expense)}, {"energy_kwh", t.energy_kwh}, {"carbon_kg", t.carbon_kg}, {"carbon_market_kg", t.carbon_market_kg}, {"embodied_kg", t.embodied_kg}};
  };
  const double hours = ledger.totals.accelerator_hours;
  const IdleCost& idle = ledger.idle;
  Json out = {{"currency", ledger.currency}, {"totals", totals(ledger.totals)}, {"sunk", totals(ledger.sunk)}, {"capex_usd", money_number(ledger.capex)}, {"requests", ledger.requests}, {"tokens", ledger.tokens}, {"accelerator_hours", hours}, {"usd_per_accelerator_hour", hours > 0 ? Json(money_number(ledger.totals.paid) / hours) : Json(nullptr)},
              {"capacity_cost_present_value_usd", {{"useful", money_number(idle.useful)}, {"headroom", money_number(idle.headroom)}, {"repair", money_number(idle.repair)}, {"reserve", money_number(idle.reserve)},
                                                   {"whole_nodes", money_number(idle.whole_nodes)}, {"troughs", money_number(idle.troughs)}}}};
  out["cash"] = Json::array();
  for (const CashQuarter& q : ledger.cash)
    out["cash"].push_back({{"quarter", q.quarter}, {"paid_usd", money_number(q.paid)}, {"purchases_usd", money_number(q.purchases)}, {"depreciation_usd", money_number(q.depreciation)}, {"tax_shield_usd", money_number(q.tax_shield)},
                           {"tax_shield_present_value_usd", money_number(q.tax_shield_present_value)}});
  Json lines = Json::array();
  for (const LineItem& line : ledger.lines) {
    Json factors = Json::array();
    for (const Factor& f : line.factors) {
      factors.push_back({{"name", f.name}, {"value", f.value}, {"unit", f.unit}, {"path", f.path}});
      if (const auto& r = f.recovery) factors.back()["recovery"] = {{"life_months", r->life_months}, {"residual_share", r->residual_share}, {"offset", r->offset}, {"scale", r->scale}};
    }
    lines.push_back({{"period", s.periods[at(line.period)].name}, {"pool", line.pool}, {"region", line.region}, {"provider", line.provider}, {"workload", line.workload}, {"category", line.category}, {"sunk", line.sunk}, {"cash", line.cash},
                     {"cost_usd", money_number(line.amount)}, {"present_value_usd", money_number(line.present_value)}, {"expense_usd", money_number(line.expense)}, {"discount_factor", line.discount}, {"quantity", line.quantity}, {"unit", line.unit}, {"energy_kwh", line.energy_kwh},
                     {"carbon_kg", line.carbon_kg}, {"carbon_market_kg", line.carbon_market_kg}, {"embodied_kg", line.embodied_kg}, {"formula", formula(line)}, {"factors", std::move(factors)}});
  }
  out["lines"] = std::move(lines);
  return out;
}

}  // namespace tonnage::report
