#include "json_facts.hpp"

namespace tonnage::report {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Json alternatives_json(const Scenario& s, const Plan& plan) {
  Json out = Json::array();
  for (const Alternative& a : plan.alternatives) {
    Json nodes = Json::object();
    for (std::size_t p = 0; p < s.pools.size(); ++p) nodes[s.pools[p].name] = a.pool_nodes[p];
    out.push_back({{"least", a.kind}, {"name", a.name}, {"unit", a.unit}, {"within", a.within}, {"use", a.use}, {"least_use", a.least_use}, {"bound", a.bound}, {"cost_usd", a.cost_usd}, {"extra_cost_usd", a.cost_usd - plan.proof.objective_usd}, {"mean_nodes", std::move(nodes)}});
  }
  return out;
}

}  // namespace

void add_reasons(const Scenario& s, const Demand& d, const Plan& plan, Json& out) {
  out["present"] = plan.present ? present_json(*plan.present) : Json(nullptr);
  out["moves"] = Json::array();
  for (const Move& m : plan.moves)
    out["moves"].push_back({{"period", s.periods[at(m.period)].name}, {"outcome", d.outcomes[at(m.outcome)].name}, {"workload", s.workloads[at(m.workload)].name}, {"region", m.region}, {"node", m.node}, {"load_per_s", m.load_per_s}, {"replicas", m.replicas}, {"accelerators", m.accelerators}});
  out["alternatives"] = alternatives_json(s, plan);
}

}  // namespace tonnage::report
