// Tables that stand in JSON only, beside those of columns.cpp.
#include "output_fields.hpp"

namespace tonnage::report {

const std::vector<ColumnText>& spread_columns() {
  static const std::vector<ColumnText> columns = {
    {"mean_usd", "USD", "expected present value"},
    {"mean_half_width_usd", "USD", "half of its 95 % interval"},
    {"sd_usd", "USD", "standard deviation"},
    {"sd_half_width_usd", "USD", "half of its 95 % interval"},
    {"p10_usd", "USD", "P10"},
    {"p10_half_width_usd", "USD", "half of its 95 % interval"},
    {"p50_usd", "USD", "P50"},
    {"p50_half_width_usd", "USD", "half of its 95 % interval"},
    {"p90_usd", "USD", "P90"},
    {"p90_half_width_usd", "USD", "half of its 95 % interval"},
    {"exceeds_budget", "1", "chance of exceeding --budget", "number~"},
    {"exceeds_budget_half_width", "1", "half of its 95 % interval", "number~"},
  };
  return columns;
}

namespace {

const std::vector<ColumnText> latencies = {
  {"ttft_p50_ms", "ms", "time to first token, P50"},
  {"ttft_p95_ms", "ms", "P95"},
  {"ttft_p99_ms", "ms", "P99"},
  {"tpot_p50_ms", "ms", "time per output token, P50"},
  {"tpot_p95_ms", "ms", "P95"},
  {"tpot_p99_ms", "ms", "P99"},
  {"e2e_p99_ms", "ms", "end to end, P99"}};

std::vector<TableText> curve_tables() {
  return {
    {"curve", "curve", "a load of a deployment", "",
     joined({{"accelerators", "", "of a replica", "number"}, {"load_per_s", "1/s", "offered"}, {"utilisation", "1", "load over the highest throughput"}, {"batch", "requests", "in a step on average"}}, latencies, {{"power_w", "W", "of a replica"}})},
    {"curve", "elasticities", "what would carry more: percent more load for a percent more of each", "",
     {{"accelerators", "", "of a replica", "number"},
      {"memory_bandwidth_elasticity", "1", "of memory bandwidth", "number~"},
      {"compute_elasticity", "1", "of compute", "number~"},
      {"memory_elasticity", "1", "of memory", "number~"},
      {"links_elasticity", "1", "of links between accelerators", "number~"},
      {"latency_limits_elasticity", "1", "of the limits of the SLO", "number~"}}},
    {"curve", "simulated", "a load of a deployment, simulated", "",
     joined({{"accelerators", "", "of a replica", "number"}, {"load_per_s", "1/s", "offered"}}, latencies,
            {{"ttft_p99_difference_percent", "%", "analytic over simulated, less 100"}, {"tpot_mean_difference_percent", "%", "analytic over simulated, less 100"}, {"saturated", "", "true: load beyond capacity"}})},
    {"curve --search", "frontier", "a deployment that no other beats", "",
     {{"node", "", "node type"},
      {"precision", "", "of the weights"},
      {"accelerators", "", "of a replica, or of the replicas that go together", "number"},
      {"kv_precision", "", "of the KV cache", "text~"},
      {"layout", "", "TP: tensor parallelism, PP: stages, DP: data ranks, EP: experts spread; of two deployments both"},
      {"chunk_tokens", "tokens", "of prefill in a step", "number~"},
      {"batch_limit", "requests", "in a batch at most"},
      {"load_per_s", "1/s", "what a replica carries under its SLO"},
      {"load_per_accelerator_s", "1/s", "the same for an accelerator"},
      {"user_tokens_per_s", "tokens/s", "that a user sees", "number~"},
      {"ttft_p95_ms", "ms", "time to first token, P95"},
      {"tpot_p95_ms", "ms", "time per output token, P95", "number~"},
      {"power_w", "W", "of a replica"},
      {"output_tokens_per_j", "tokens/J", "output tokens for a joule", "number~"},
      {"cost_per_million_output_tokens_usd", "USD", "with --price", "number~"},
      {"cost_per_million_requests_usd", "USD", "with --price, of a model without tokens", "number~"},
      {"ceiling_load_per_s", "1/s", "most load within --cost-ceiling", "number~"},
      {"ceiling_user_tokens_per_s", "tokens/s", "that a user sees at that load", "number~"},
      {"replicas", "", "within --power-budget", "number~"},
      {"budget_load_per_s", "1/s", "that those carry", "number~"},
      {"limit", "", "what binds"},
      {"helps_most", "", "the resource of which a percent more carries most, and the percent of load that it carries; of one deployment"}}},
    {"curve --cases", "cases", "a load-test case: the columns of its file, as text, and what is predicted", "",
     {{"COLUMN", "", "each column of the file and each that starts with predicted_"}}},
    {"simulate", "pools", "a pool of a fleet", "",
     {{"fleet", "", "name of the fleet"},
      {"router", "", "how requests are spread"},
      {"load", "1/s", "requests offered; with closed loops: concurrency"},
      {"pool", "", "name of the pool"},
      {"replicas", "", "of the pool", "number"},
      {"requests", "", "that it served", "number"},
      {"ttft_p99_ms", "ms", "time to first token, P99"},
      {"tpot_p99_ms", "ms", "time per output token, P99"},
      {"batch", "requests", "in a step on average"},
      {"occupancy_share", "1", "of the batch limit"},
      {"power_w", "W", "of the pool on average"},
      {"usd_per_hour", "USD/h", "of the pool, where prices are given"}}},
  };
}

std::vector<TableText> cost_tables() {
  return {
    {"tco --uncertainty", "quantiles", "the spread of cost: one row", "", spread_columns()},
    {"tco --uncertainty --adapt", "worth", "what knowing more is worth", "",
     {{"what", "", "knowing-first: the numbers, before anything is ordered; waiting-a-quarter: ordering nothing in the first quarter, the numbers known after it"},
      {"worth_usd", "USD", "expected saving; negative: it costs"},
      {"worth_half_width_usd", "USD", "half of its 95 % interval"}}},
    {"tco --uncertainty --adapt", "sensitivities", "an uncertain input, the largest swing first", "",
     {{"input", "", "path in the scenario"},
      {"cost_at_input_p10_usd", "USD", "present value of the plan made with this input at its P10, all else at its middle"},
      {"cost_at_input_p90_usd", "USD", "the same at its P90"},
      {"swing_usd", "USD", "difference of the two"},
      {"break_even_share_of_middle", "1", "times its middle at which cost is --budget, between the plans at P10, middle and P90", "number~"}}},
    {"tco --actuals", "months", "a month of a plan and a bill", "", joined({{"month", "", "of the charge period"}}, comparison_sums(), {})},
    {"tco --actuals", "kinds", "a provider, service and kind of charge", "", joined({{"provider", "", "ProviderName"}, {"service", "", "ServiceCategory"}, {"kind", "", "of charge"}}, comparison_sums(), {})},
    {"tco --actuals", "unmatched", "what stands on one side only", "",
     {{"side", "", "plan or bill"},
      {"provider", "", "ProviderName"},
      {"service", "", "ServiceCategory"},
      {"kind", "", "of charge"},
      {"region", "", "RegionId"},
      {"sku", "", "InstanceType of SkuPriceDetails, else SkuId"},
      {"months", "", "in which it stands", "number"},
      {"rows", "", "of that side", "number"},
      {"effective_usd", "USD", "EffectiveCost"},
      {"billed_usd", "USD", "BilledCost"},
      {"missing", "", "what the other side does not have"},
      {"place", "", "first row in the bill"}}},
    {"tco --actuals", "notes", "what a reader should know", "", {{"note", "", "in words"}}},
    {"commitments", "orders", "nodes to commit to", "",
     {{"pool", "", "name in the scenario"},
      {"region", "", "where"},
      {"node", "", "node type"},
      {"order_by", "date", "latest day to sign"},
      {"from", "date", "first day"},
      {"until", "date", "day after the last"},
      {"nodes", "nodes", "at least cost for the node-hours of the plan"},
      {"planned_nodes", "nodes", "that the plan takes"}}},
    {"commitments", "offers", "terms of a pool", "",
     {{"pool", "", "name in the scenario"},
      {"term_months", "months", "of the commitment"},
      {"upfront", "1", "share paid when it is signed"},
      {"break_even", "%", "of hours used, from which it pays"},
      {"on_demand", "", "the pool that it is compared with"},
      {"held_first", "nodes", "in the first period"},
      {"held_last", "nodes", "in the last period"}}},
    {"diff", "figures", "a figure of two plans that is no money", "",
     {{"figure", "", "what it is"},
      {"before", "`unit`", "in the first plan"},
      {"after", "`unit`", "in the second"},
      {"unit", "", "of the figure"}}},
    {"diff", "drivers", "a group of inputs that changed", "",
     {{"driver", "", "name"},
      {"kind", "", "of inputs"},
      {"replanned", "", "yes: a plan was made with it changed"},
      {"change_usd", "USD", "its share of the difference, present value"},
      {"half_width_usd", "USD", "half the 95 % interval of a share that is sampled, with more than 12 drivers; 0: exact"},
      {"open_usd", "USD", "what the proofs of those plans leave open"},
      {"nodes_end", "nodes", "change in the last period"},
      {"power_end_mw", "MW", "change in the last period"}}},
    {"diff", "changes", "an input that differs", "",
     {{"driver", "", "to which it belongs"},
      {"input", "", "path in the scenario, or file"},
      {"before", "", "as it was written"},
      {"after", "", "as it is written"}}},
    {"diff", "cash", "a calendar quarter", "",
     {{"quarter", "", "such as 2027-Q1"},
      {"saved_usd", "USD", "paid in the first plan less paid in the second"}}},
    {"diff", "investment", "the second plan in place of the first: one row", "",
     {{"npv_usd", "USD", "present value of what is saved"},
      {"discount_rate_per_year", "1", "effective"},
      {"irr_per_year", "1", "internal rate of return; null: there is none"},
      {"payback", "", "quarter in which what was saved exceeds what was spent"}}},
  };
}

std::vector<TableText> other_tables() {
  return {
    {"audit", "checked", "a rule that the table was held against", "",
     {{"rule", "", "as it is written, or was seen"},
      {"origin", "", "given, or seen in the table"},
      {"rows", "", "that it was checked on", "number"},
      {"failed", "", "rows that do not meet it", "number"},
      {"without", "", "rows that lack a figure", "number"}}},
    {"calibrate", "errors", "how far predictions are from measurements", "",
     {{"figure", "", "what is predicted"},
      {"figures", "", "that were measured", "number"},
      {"before_mean_pct", "%", "mean error with the shipped constants"},
      {"after_mean_pct", "%", "with the fitted ones"},
      {"left_out_mean_pct", "%", "with those fitted to the other experiments"},
      {"left_out_median_pct", "%", "median of it"},
      {"left_out_p90_pct", "%", "P90 of it"}}},
    {"calibrate --hierarchy", "efficiencies", "a constant of a step, as it is shipped", "",
     {{"name", "", "unique"},
      {"factor", "", "constant of a step"},
      {"scope", "", "what it belongs to: all, an engine, an accelerator ..."},
      {"of", "", "its name; empty: all"},
      {"value", "1", "the constant, or the deviation from that of the wider scope"},
      {"source", "", "of --source"},
      {"as_of", "date", "of --as-of"}}},
    {"calibrate --hierarchy --folds", "errors", "errors on what a fit had not seen", "",
     {{"name", "", "figure and class of evidence"},
      {"low_ratio", "1", "10th percentile of measured over predicted"},
      {"high_ratio", "1", "90th percentile of it"},
      {"cases", "", "that were predicted", "number"},
      {"mean_error", "1", "absolute, over what was measured"},
      {"median_error", "1", "of it"},
      {"p90_error", "1", "of it"},
      {"source", "", "of --source"},
      {"as_of", "date", "of --as-of"}}},
    {"catalog", "catalog", "a kind of data that is shipped", "", {{"kind", "", "name"}, {"rows", "", "of it", "number"}}},
  };
}

}  // namespace

const std::vector<TableText>& json_tables() {
  static const std::vector<TableText> tables = [] {
    std::vector<TableText> out = curve_tables();
    for (const std::vector<TableText>& more : {cost_tables(), other_tables()}) out.insert(out.end(), more.begin(), more.end());
    return out;
  }();
  return tables;
}

}  // namespace tonnage::report
