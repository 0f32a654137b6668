#include "json_facts.hpp"

#include <cmath>

#include "tonnage/documents/economics.hpp"
#include "tonnage/documents/holding.hpp"

namespace tonnage::report {

namespace {

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json beside_json(const Beside& b) { return {{"share_of_price", b.share}, {"usd", b.usd}}; }

Json power_offer_json(const PowerOffer& o) {
  return {{"usd_per_kw", o.usd_per_w * 1000}, {"life_months", o.life_months}, {"lead_time_months", o.lead_time_months}, {"lead_time_days", o.lead_time_days}, {"limit_w", optional_json(o.limit_w)}};
}

Json region_json(const Scenario& s, const Region& r) {
  Json prices = Json::array();
  for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) prices.push_back(electricity_usd_per_wh(s, r, t) * 1000);
  return {{"name", r.name}, {"site", r.site == Site::own ? "own" : r.site == Site::colocation ? "colo" : "cloud"}, {"provider", r.provider}, {"power_w", r.power_w.empty() ? Json(nullptr) : Json(r.power_w)},
          {"colocation_usd_per_kw_month", r.colocation_usd_per_w_month * 1000}, {"demand_charge_usd_per_kw_month", r.demand_charge_usd_per_w_month * 1000}, {"electricity_usd_per_kwh", prices}, {"electricity_base_usd_per_kwh", r.electricity_usd_per_wh * 1000}, {"pue", r.pue}, {"carbon_g_per_kwh", r.carbon_g_per_wh * 1000}, {"carbon_market_g_per_kwh", r.carbon_market_g_per_wh * 1000}, {"egress_usd_per_request", r.egress_usd_per_request},
          {"facility", {{"usd_per_kw", r.facility.usd_per_w * 1000}, {"life_months", r.facility.life_months}, {"operation_usd_per_kw_month", r.facility.usd_per_w_month * 1000}}},
          {"space_nodes", optional_json(r.space_nodes)}, {"power_offer", r.power_offer ? power_offer_json(*r.power_offer) : Json(nullptr)}};
}

Json pool_json(const Scenario& s, const Pool& p) {
  Json holding = Json::array();
  for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) holding.push_back(holding_usd_per_node(s, p, t));
  return {{"name", p.name}, {"region", p.region}, {"node", p.node}, {"offer", to_string(p.offer)}, {"price_usd_once", p.price_usd_once}, {"price_usd_per_hour", p.price_usd_per_hour}, {"price_usd_per_month", p.price_usd_per_month},
          {"lead_time_months", p.lead_time_months}, {"lead_time_days", p.lead_time_days}, {"term_months", p.term_months}, {"life_months", p.life_months}, {"residual_share", p.residual_share}, {"upfront_share", p.upfront_share}, {"interruption_per_day", p.interruption_per_day}, {"restart_days", p.restart_days}, {"existing_nodes", p.in_service_nodes},
          {"supply_nodes", p.supply_nodes.empty() ? Json(nullptr) : Json(p.supply_nodes)}, {"limit_nodes", optional_json(p.limit_nodes)}, {"min_nodes", p.min_nodes}, {"limited_by_supply", p.limited_by_supply},
          {"serves", p.serves}, {"converts_to", p.converts_to}, {"straight_line", p.straight_line}, {"usd_per_m_input_tokens", p.usd_per_m_input_tokens}, {"usd_per_m_output_tokens", p.usd_per_m_output_tokens}, {"holding_usd_per_node", holding}};
}

Json origin_json(const Origin& o) {
  Json trips = Json::object();
  for (const auto& [region, trip] : o.round_trip_s) trips[region] = 1000 * trip;
  return {{"name", o.name}, {"round_trip_ms", trips}};
}

Json workload_json(const Workload& w) {
  return {{"name", w.name}, {"version_of", w.version_of.empty() ? Json(nullptr) : Json(w.version_of)}, {"team", w.team}, {"unit", w.unit}, {"model", w.model.name}, {"priority", w.priority}, {"deferrable", w.deferrable}, {"move_cost_usd", w.move_cost_usd}, {"protected_share", w.protected_share}, {"unmet_usd_per_unit", optional_json(w.unmet_usd_per_unit)},
          {"input_mean_tokens", w.shape.input_mean_tokens}, {"output_mean_tokens", w.shape.output_mean_tokens}};
}

}  // namespace

double money_number(Money amount) { return static_cast<double>(amount.micros()) / 1e6; }

Json parse_json(const std::string& text) {
  constexpr int max_depth = 64;
  return Json::parse(text, [](int depth, Json::parse_event_t, Json&) { return depth <= max_depth; }, false);
}

Json facts_json(const Scenario& s) {
  Json out = {{"name", s.name}, {"currency", s.currency}, {"as_of", to_string(s.as_of)}, {"period", to_string(s.period_kind)}};
  Json periods = Json::array();
  for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) {
    const Period& p = s.periods[static_cast<std::size_t>(t)];
    periods.push_back({{"name", p.name}, {"start", to_string(p.start)}, {"end", to_string(p.end)}, {"hours", period_hours(s, t)}, {"months", period_months(s)}, {"discount_factor", discount_factor(s, t)}});
  }
  out["periods"] = periods;
  out["fixed_costs"] = Json::array();
  for (const FixedCost& c : s.fixed_costs)
    out["fixed_costs"].push_back({{"name", c.name}, {"region", c.region}, {"price_usd_once", c.price_usd_once}, {"life_months", c.life_months}, {"price_usd_per_month", c.price_usd_per_month}});
  out["prices"] = Json::array();
  for (const PriceRecord& p : s.prices)
    out["prices"].push_back({{"path", p.path}, {"of", p.of}, {"given", p.given}, {"quoted", p.quoted ? Json(to_string(*p.quoted)) : Json(nullptr)}, {"stale", stale(p, s.periods.front().start)}, {"source", p.source}});
  for (const char* key : {"regions", "origins", "nodes", "pools", "workloads"}) out[key] = Json::array();
  for (const Region& r : s.regions) out["regions"].push_back(region_json(s, r));
  for (const Origin& o : s.origins) out["origins"].push_back(origin_json(o));
  for (const NodeSpec& n : s.nodes)
    out["nodes"].push_back({{"name", n.type.name}, {"accelerator", n.type.accelerator}, {"accelerators", n.type.accelerators}, {"power_w", n.type.power_w}, {"idle_power_w", n.type.idle_power_w}, {"network", beside_json(n.costs.network)}, {"storage", beside_json(n.costs.storage)}, {"maintenance_per_year", n.costs.maintenance_per_year}, {"embodied_kg", n.costs.embodied_kg}, {"failures_per_year", n.costs.failures_per_year}, {"repair_years", n.costs.repair_years},
                            {"supply_nodes", n.supply_nodes.empty() ? Json(nullptr) : Json(n.supply_nodes)}, {"source", n.type.source.text}});
  for (const Pool& p : s.pools) out["pools"].push_back(pool_json(s, p));
  for (const Workload& w : s.workloads) out["workloads"].push_back(workload_json(w));
  Json survive = nullptr;
  if (s.policies.survive) survive = {{"regions", s.policies.survive->regions}, {"weight_hours_per_month", s.policies.survive->weight_hours_per_month}};
  Json shares = Json::array();
  for (const ProviderShare& share : s.policies.provider_shares) shares.push_back({{"provider", share.provider}, {"min", share.min_share}, {"max", share.max_share}});
  Json promises = Json::array();
  for (const CommittedSpend& promise : s.policies.committed_spend) promises.push_back({{"provider", promise.provider}, {"year", promise.year}, {"usd", promise.usd}});
  const Json cvar = s.policies.cvar ? Json{{"level", s.policies.cvar->level}, {"weight", s.policies.cvar->weight}} : Json(nullptr);
  out["policies"] = {{"headroom", s.policies.headroom}, {"availability", s.policies.availability}, {"min_replicas", s.policies.min_replicas}, {"fairness", s.policies.max_min ? "max-min" : "none"}, {"churn_per_month", optional_json(s.policies.churn_per_month)}, {"capex_budget_usd", s.policies.capex_budget_usd.empty() ? Json(nullptr) : Json(s.policies.capex_budget_usd)}, {"survive", survive}, {"provider_share", shares}, {"committed_spend", promises}, {"cvar", cvar}, {"spares_level", optional_json(s.policies.spares_level)}};
  out["finance"] = {{"discount_rate_per_year", s.finance.discount_rate_per_year}, {"compounding", to_string(s.finance.compounding)},
                    {"timing", s.finance.timing == PaymentTiming::start ? "start" : s.finance.timing == PaymentTiming::mid ? "mid" : "end"}, {"hours", s.finance.hours_per_month > 0 ? std::to_string(s.finance.hours_per_month) : "calendar"}, {"energy_escalation_per_year", s.finance.energy_escalation_per_year}, {"staff_share_per_year", s.finance.staff_share_per_year},
                    {"horizon_end", s.finance.run_off ? "run-off" : "residual"}, {"escalation_base", to_string(s.finance.escalation_base.value_or(s.periods.front().start))}};
  return out;
}

Json demand_json(const Demand& d) {
  Json out = Json::object();
  for (const char* key : {"blocks", "outcomes", "forecasts", "series"}) out[key] = Json::array();
  for (const Block& b : d.blocks) out["blocks"].push_back({{"name", b.name}, {"hours", b.hours}});
  for (const Outcome& o : d.outcomes) out["outcomes"].push_back({{"name", o.name}, {"probability", o.probability}});
  for (const WorkloadForecast& f : d.forecasts) {
    const Backtest& b = f.backtest;
    Json backtest = nullptr;
    if (b.origins > 0)
      backtest = {{"origins", b.origins}, {"horizon_steps", b.horizon_steps}, {"error", b.error}, {"naive_error", b.naive_error}, {"mase", b.mase}, {"naive_mase", b.naive_mase}, {"coverage_80", b.coverage_80}};
    out["forecasts"].push_back({{"workload", f.workload}, {"unit", f.unit}, {"method", f.method}, {"reason", f.reason}, {"backtest", backtest}, {"peak_to_mean", f.peak_to_mean}, {"peak_block_error", f.peak_block_error},
                                {"mean_per_s", f.mean_per_s}, {"p10_per_s", f.p10_per_s}, {"p50_per_s", f.p50_per_s}, {"p90_per_s", f.p90_per_s}});
  }
  for (const DemandSeries& series : d.series) {  // [outcome][period][block]
    Json loads = Json::array();
    for (int s = 0; s < static_cast<int>(d.outcomes.size()); ++s) {
      Json outcome = Json::array();
      for (int t = 0; t < static_cast<int>(d.periods.size()); ++t) {
        Json period = Json::array();
        for (int b = 0; b < static_cast<int>(d.blocks.size()); ++b) period.push_back(d.load(series, s, t, b));
        outcome.push_back(std::move(period));
      }
      loads.push_back(std::move(outcome));
    }
    out["series"].push_back({{"workload", series.workload}, {"origin", series.origin}, {"unit", series.unit}, {"load_per_s", std::move(loads)}});
    if (!series.peak_block.empty()) out["series"].back()["peak_block"] = series.peak_block, out["series"].back()["peak_error"] = series.peak_error;
  }
  out["remarks"] = d.remarks;
  return out;
}

Json capacities_json(const Capacities& c) {
  const auto ms = [](double s) { return s > 0 ? Json(1000 * s) : Json(nullptr); };  // given capacities have no latencies
  Json out = {{"deployments", Json::array()}, {"none", Json::array()}};
  for (const Deployment& d : c.deployments)
    out["deployments"].push_back({{"workload", d.workload}, {"node", d.node}, {"precision", d.precision}, {"kv_precision", d.kv_precision}, {"tensor_parallel", d.tensor_parallel}, {"pipeline_parallel", d.pipeline_parallel}, {"data_parallel", d.data_parallel}, {"expert_parallel", d.expert_parallel}, {"accelerators", d.accelerators}, {"round_trip_ms", std::isfinite(d.round_trip_s) ? Json(1000 * d.round_trip_s) : Json(nullptr)}, {"load_per_s", d.load_per_s}, {"power_w", d.power_w},
                                  {"busy", optional_json(d.busy)}, {"flops_share", optional_json(d.flops_share)}, {"bytes_share", optional_json(d.bytes_share)}, {"prompt_share", d.prompt_share ? Json(*d.prompt_share) : Json(nullptr)}, {"concurrency", d.concurrency}, {"max_concurrency", d.max_concurrency}, {"ttft_p50_ms", ms(d.ttft_p50_s)}, {"ttft_p95_ms", ms(d.ttft_p95_s)}, {"ttft_p99_ms", ms(d.ttft_p99_s)},
                                  {"tpot_p50_ms", ms(d.tpot_p50_s)}, {"tpot_p95_ms", ms(d.tpot_p95_s)}, {"tpot_p99_ms", ms(d.tpot_p99_s)}, {"e2e_p50_ms", ms(d.e2e_p50_s)}, {"e2e_p95_ms", ms(d.e2e_p95_s)},
                                  {"e2e_p99_ms", ms(d.e2e_p99_s)}, {"limit", d.limit}, {"evidence", d.evidence}, {"note", d.note}, {"remark", d.remark}, {"measured_class", d.measured_class}, {"capacity_p10", d.capacity_p10}, {"capacity_p90", d.capacity_p90}});
  for (const NoDeployment& n : c.none) out["none"].push_back({{"workload", n.workload}, {"node", n.node}, {"reason", n.reason}});
  return out;
}

}  // namespace tonnage::report
