// Members of the documents of plan, allocate, tco, forecast and curve: demand, capacities, headline, checks.
#include "output_fields.hpp"

namespace tonnage::report {

namespace {

OutputPart headline_part() {
  return {"headline", "what a plan comes to", {
    {"cost_usd", "number", "expected present value"},
    {"cost_p10_usd", "number", "P10 over the outcomes of demand"},
    {"cost_p50_usd", "number", "P50"},
    {"cost_p90_usd", "number", "P90"},
    {"demand_growth", "number", "mean demand of the last period over that of the first"},
    {"forecast_error", "number?", "sum of absolute errors over the sum of values on the past (WAPE), 1: 100 %; null: no history"},
    {"naive_error", "number?", "the same of seasonal naive"},
    {"nodes_first", "number", "nodes of the first period, rented ones at their peak"},
    {"nodes_last", "number", "of the last period"},
    {"power_first_mw", "number", "MW at the facility in the first period, nodes at full power"},
    {"power_last_mw", "number", "in the last period"},
    {"used_mean", "number", "share of usable node-hours that are used"},
    {"used_peak", "number", "the same in the state that uses most"},
    {"first_usd_per_m_tokens", "number?", "USD for a million tokens in the first period; null: none are counted"},
    {"last_usd_per_m_tokens", "number?", "in the last period"},
  }};
}

OutputPart demand_part() {
  return {"demand", "loads by workload, origin, outcome, period and block", {
    {"blocks[].name", "text", "kind of hours"},
    {"blocks[].hours[]", "number", "hours of the block, by period"},
    {"outcomes[].name", "text", "a future that is planned for"},
    {"outcomes[].probability", "number", "1: certain"},
    {"forecasts[].workload", "text", "name in the scenario; its load before versions take their share"},
    {"forecasts[].unit", "text", "what a load counts: requests, accelerators, ..."},
    {"forecasts[].method", "text", "where the forecast is from"},
    {"forecasts[].reason", "text", "why this method"},
    {"forecasts[].backtest", "object?", "how good the method was on the past; null: no history"},
    {"forecasts[].backtest.origins", "integer", "forecasts made from earlier points of the history"},
    {"forecasts[].backtest.horizon_steps", "integer", "steps that each looked ahead"},
    {"forecasts[].backtest.error", "number", "sum of absolute errors over the sum of values (WAPE)"},
    {"forecasts[].backtest.naive_error", "number", "the same of seasonal naive"},
    {"forecasts[].backtest.mase", "number", "mean absolute scaled error"},
    {"forecasts[].backtest.naive_mase", "number", "the same of seasonal naive"},
    {"forecasts[].backtest.coverage_80", "number", "share of values within the 80 % interval"},
    {"forecasts[].peak_to_mean", "number", "highest hour of the week over the mean hour"},
    {"forecasts[].peak_block_error", "number", "what blocks hide: highest hour of the week over the mean of the peak block, less 1"},
    {"forecasts[].mean_per_s[]", "number", "expected mean load a second, by period"},
    {"forecasts[].p10_per_s[]", "number", "P10 of it"},
    {"forecasts[].p50_per_s[]", "number", "P50 of it"},
    {"forecasts[].p90_per_s[]", "number", "P90 of it"},
    {"series[].workload", "text", "name in the scenario"},
    {"series[].origin", "text", "where the load comes from"},
    {"series[].unit", "text", "what it counts"},
    {"series[].load_per_s[][][]", "number", "load a second, by outcome, period and block"},
    {"series[].peak_block", "text~", "the block that holds the peak of this origin, where it has one of its own"},
    {"series[].peak_error", "number~", "its highest hour of the week over the mean of that block, less 1"},
    {"remarks[]", "text", "what a reader should know of the forecast"},
  }};
}

OutputPart capacities_part() {
  return {"capacities", "what a replica of each workload carries under its SLO", {
    {"deployments[].workload", "text", "name in the scenario"},
    {"deployments[].node", "text", "node type"},
    {"deployments[].precision", "text", "of the weights"},
    {"deployments[].kv_precision", "text", "of the KV cache; may be empty"},
    {"deployments[].tensor_parallel", "integer", "accelerators that share a layer"},
    {"deployments[].pipeline_parallel", "integer", "stages that share the layers out"},
    {"deployments[].data_parallel", "integer", "copies of attention, with experts spread over them"},
    {"deployments[].expert_parallel", "integer", "accelerators over which experts are spread"},
    {"deployments[].accelerators", "integer", "of a replica"},
    {"deployments[].round_trip_ms", "number?", "ms of the load that it carries; null: from anywhere"},
    {"deployments[].load_per_s", "number", "load a second that a replica carries"},
    {"deployments[].power_w", "number", "W of a replica at that load"},
    {"deployments[].busy", "number?", "share of time and of the roofline in use at its load; null: not known"},
    {"deployments[].flops_share", "number?", "of peak FLOPs, those that requests need at that load"},
    {"deployments[].bytes_share", "number?", "of the memory bandwidth, what requests need at that load"},
    {"deployments[].prompt_share", "number?", "of a request's accelerator-seconds, those on its prompt, 1: all; null: not known"},
    {"deployments[].concurrency", "number", "requests in flight on average"},
    {"deployments[].max_concurrency", "number", "requests that it can run at once"},
    {"deployments[].ttft_p50_ms", "number?", "ms to the first token, P50; null: the capacity was given"},
    {"deployments[].ttft_p95_ms", "number?", "P95"},
    {"deployments[].ttft_p99_ms", "number?", "P99"},
    {"deployments[].tpot_p50_ms", "number?", "ms for an output token, P50"},
    {"deployments[].tpot_p95_ms", "number?", "P95"},
    {"deployments[].tpot_p99_ms", "number?", "P99"},
    {"deployments[].e2e_p50_ms", "number?", "ms end to end, P50"},
    {"deployments[].e2e_p95_ms", "number?", "P95"},
    {"deployments[].e2e_p99_ms", "number?", "P99"},
    {"deployments[].limit", "text", "what binds: tpot, ttft, e2e, kv memory, compute, measured, given; of models that answer in one pass: e2e, batch, memory, compute, memory bandwidth, links"},
    {"deployments[].evidence", "text", "analytic, measured, given or hosted"},
    {"deployments[].note", "text", "what else to know; may be empty"},
    {"deployments[].remark", "text", "what bunches, swings and drafts change of the load; may be empty"},
    {"deployments[].measured_class", "text", "what was measured like it; empty where the capacity is given"},
    {"deployments[].capacity_p10", "number", "10th percentile of the true capacity over load_per_s"},
    {"deployments[].capacity_p90", "number", "90th percentile"},
    {"none[].workload", "text", "a workload that a node type cannot run"},
    {"none[].node", "text", "node type"},
    {"none[].reason", "text", "why"},
  }};
}

OutputPart checks_part() {
  return {"checks", "checks of the scenario", {
    {"[].check", "text", "as it is written"},
    {"[].path", "text", "of the scenario"},
    {"[].value", "number?", "the figure, in base units: USD, share, g, W, requests, nodes; null: there is none"},
    {"[].passed", "flag?", "whether it holds; null: not run"},
    {"[].level", "text", "warn or fail"},
  }};
}

}  // namespace

const std::vector<OutputPart>& output_parts() {
  static const std::vector<OutputPart> parts = {headline_part(), demand_part(), capacities_part(), plan_part(), ledger_part(), checks_part(), facts_part()};
  return parts;
}

}  // namespace tonnage::report
