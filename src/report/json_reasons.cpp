#include "json_facts.hpp"

namespace tonnage::report {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Json alternatives_json(const Scenario& s, const Plan& plan) {
  Json out = Json::array();
  for (const Alternative& a : plan.alternatives) {
    Json nodes = Json::object();
    for (std::size_t p = 0; p < s.pools.size(); ++p) nodes[s.pools[p].name] = a.pool_nodes[p];
    const std::optional<double> less = a.usd_per_unit_less(plan.proof.objective_usd);
    out.push_back({{"least", a.kind}, {"name", a.name}, {"unit", a.unit}, {"within", a.within}, {"use", a.use}, {"least_use", a.least_use}, {"bound", a.bound}, {"cost_usd", a.cost_usd}, {"extra_cost_usd", a.cost_usd - plan.proof.objective_usd}, {"usd_per_unit_less", less ? Json(*less) : Json(nullptr)}, {"mean_nodes", std::move(nodes)}});
  }
  return out;
}

Json values_json(const Scenario& s, const Demand& d, const Reasons& r) {
  Json out = Json::object();
  for (const char* key : {"marginal_costs", "lead_times", "entry_prices", "regrets"}) out[key] = Json::array();
  for (const MarginalCost& m : r.marginal_costs)
    out["marginal_costs"].push_back({{"workload", s.workloads[at(m.workload)].name}, {"one_percent_usd", m.usd}, {"usd_per_unit", m.usd_per_unit}, {"usd_per_m_tokens", m.usd_per_m_tokens ? Json(*m.usd_per_m_tokens) : Json(nullptr)}});
  for (const LeadTimeValue& x : r.lead_times) out["lead_times"].push_back({{"pool", x.pool}, {"month_less_saves_usd", x.usd}});
  for (const EntryPrice& x : r.entry_prices) out["entry_prices"].push_back({{"pool", x.pool}, {"unit", x.unit}, {"price", x.price}, {"enters_below", x.enters_below}});
  for (const Regret& x : r.regrets) out["regrets"].push_back({{"outcome", d.outcomes[at(x.outcome)].name}, {"usd", x.usd}});
  out["perfect_information_usd"] = r.perfect_information_usd;
  out["deciding_later_usd"] = r.deciding_later_usd;
  return out;
}

}  // namespace

void add_reasons(const Scenario& s, const Demand& d, const Plan& plan, Json& out) {
  out["present"] = plan.present ? present_json(*plan.present) : Json(nullptr);
  out["moves"] = Json::array();
  for (const Move& m : plan.moves)
    out["moves"].push_back({{"period", s.periods[at(m.period)].name}, {"outcome", d.outcomes[at(m.outcome)].name}, {"workload", s.workloads[at(m.workload)].name}, {"region", m.region}, {"node", m.node}, {"load_per_s", m.load_per_s}, {"replicas", m.replicas}, {"accelerators", m.accelerators}});
  out["reasons"] = plan.reasons ? values_json(s, d, *plan.reasons) : Json(nullptr);
  out["alternatives"] = alternatives_json(s, plan);
}

}  // namespace tonnage::report
