// Columns of every table that commands write as CSV and JSONL: what they mean. Tests compare their names with what is written.
#include "tonnage/report/columns.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "columns.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::report {

const std::vector<TableText>& plan_tables() {
  static const std::vector<TableText> tables = {
    {"plan", "facts", "a figure of the plan", "tonnage plan startup/startup.yaml --format csv",
     {{"table", "", "headline, orders, power_orders, pools, conversions, limits, flows, alternatives or reasons"},
      {"name", "", "of the pool, limit, workload or outcome; plan for the whole"},
      {"period", "", "name of the period; empty: of the horizon"},
      {"measure", "", "what the value is: cost_present_value, nodes, order_by, worth"},
      {"value", "by `unit`", "the figure"},
      {"unit", "", "of the value; 1: a share"}}},
    {"allocate", "nodes", "a pool in a period", "tonnage allocate startup/startup.yaml --format csv",
     {{"pool", "", "name in the scenario"},
      {"region", "", "where it is"},
      {"node", "", "node type"},
      {"offer", "", "how it is held: purchase, reserved, on-demand"},
      {"period", "", "name of the period"},
      {"existing_nodes", "nodes", "there without the plan"},
      {"ordered_nodes", "nodes", "in service for the first time in this period"},
      {"in_service_nodes", "nodes", "held in the period"},
      {"rented_node_hours", "node-hours", "on demand and spot, expected over the outcomes"},
      {"rented_peak_nodes", "nodes", "on demand and spot, most at a time over blocks and outcomes"},
      {"order_by", "date", "latest day to order or sign; empty: nothing is ordered"}}},
    {"tco --by", "cost", "a combination of the fields of --by", "tonnage tco startup/startup.yaml --by period,category --format csv",
     {{"FIELD", "", "each field of --by: period, quarter, year, pool, region, provider, workload, team, category"},
      {"cost_usd", "USD", "undiscounted"},
      {"present_value_usd", "USD", "present value"},
      {"expense_usd", "USD", "purchases in equal parts over their life"},
      {"energy_kwh", "kWh", "electricity"},
      {"carbon_kg", "kg CO2e", "of the electricity, by location"}}},
    {"tco --unit-costs", "unit_costs", "a workload over the horizon, expected, undiscounted", "tonnage tco startup/startup.yaml --unit-costs --format csv",
     {{"workload", "", "name in the scenario"},
      {"team", "", "that owns it; empty: not told"},
      {"unit", "", "of what is served: requests, or accelerator-hours of jobs"},
      {"units", "`unit`", "served"},
      {"input_tokens", "tokens", "of requests served"},
      {"output_tokens", "tokens", "of requests served"},
      {"accelerator_hours", "hours", "occupied, headroom included"},
      {"cost_usd", "USD", "of what it uses, with its share of what stands idle beside it; penalties are left out"},
      {"cost_at_full_use_usd", "USD", "the same if held nodes had work in all their hours"},
      {"usd_per_accelerator_hour", "USD", "cost over accelerator-hours"},
      {"usd_per_unit", "USD", "cost over units"},
      {"usd_per_m_tokens", "USD", "cost over a million tokens, input and output"},
      {"usd_per_m_output_tokens", "USD", "all of the cost over a million output tokens"},
      {"usd_per_m_tokens_at_full_use", "USD", "cost at full use over a million tokens, input and output"},
      {"prompt_usd_per_m_input_tokens", "USD", "cost of the accelerator-hours on prompts over a million input tokens; empty: some capacity is given or measured"},
      {"answer_usd_per_m_output_tokens", "USD", "cost of the rest over a million output tokens"},
      {"marginal_usd_per_unit", "USD", "present value of 1 % more load over these units; fractions of nodes allowed"},
      {"marginal_usd_per_m_tokens", "USD", "the same over a million tokens, input and output"}}},
    {"tco --efficiency", "efficiency", "nodes of a type in a region over the horizon, expected", "tonnage tco startup/startup.yaml --efficiency --format csv",
     {{"region", "", "name in the scenario"},
      {"node", "", "node type"},
      {"paid_node_hours", "node-hours", "held and rented"},
      {"allocated_percent", "%", "of those, occupied by replicas, headroom included"},
      {"busy_percent", "%", "of those, the time in which accelerators work; empty: some capacity is given or measured"},
      {"flops_percent", "%", "of the peak FLOPs of the busy time, those that requests need"},
      {"bytes_percent", "%", "of the memory traffic of the busy time at peak bandwidth, what requests need"},
      {"useful_flops_of_paid_percent", "%", "product of allocated, busy and FLOPs"},
      {"useful_bytes_of_paid_percent", "%", "product of allocated, busy and bytes"},
      {"measured_allocated_percent", "%", "measured_use of the region; empty: not told"},
      {"measured_busy_percent", "%", "the same"},
      {"measured_flops_percent", "%", "the same"},
      {"measured_bytes_percent", "%", "the same"}}},
    {"tco --uncertainty", "sensitivities", "an uncertain input, the largest swing first", "tonnage tco assistant/assistant.yaml --uncertainty --samples 64 --budget '60 M USD' --format csv",
     {{"input", "", "path in the scenario; 'capacity of' an accelerator: what replicas on it carry, as cost over planned cost"},
      {"cost_at_input_p10_usd", "USD", "present value with this input at its P10, all else at its middle"},
      {"cost_at_input_p90_usd", "USD", "the same at its P90"},
      {"swing_usd", "USD", "difference of the two"},
      {"first_order_index", "1", "share of the variance of cost that the input explains alone (Sobol)"},
      {"first_order_half_width", "1", "half of the 95 % interval of it"},
      {"total_index", "1", "the same with all its interactions"},
      {"total_half_width", "1", "half of the 95 % interval of it"},
      {"break_even_share_of_middle", "1", "with --budget: times its middle at which cost is the budget", "number~"}}},
    {"tco --uncertainty --adapt", "adaptation", "a way of settling orders before the uncertain numbers are known", "tonnage tco outgrowing/outgrowing.yaml --uncertainty --adapt --samples 8 --budget '8 M USD' --format csv",
     joined({{"settled", "", "anew: no order; orders: all, as planned; quarter: those of the first quarter, as planned; no-orders: that there are none in the first quarter"},
             {"draws", "1", "with a plan"}}, spread_columns(), {})},
    {"forecast", "demand", "a workload in a period", "tonnage forecast startup/startup.yaml --format csv",
     {{"workload", "", "name in the scenario"},
      {"period", "", "name of the period"},
      {"period_start", "date", "first day"},
      {"unit", "", "of the loads"},
      {"mean_per_s", "`unit`", "expected mean load"},
      {"p10_per_s", "`unit`", "P10 of the mean load"},
      {"p50_per_s", "`unit`", "P50 of the mean load"},
      {"p90_per_s", "`unit`", "P90 of the mean load"},
      {"peak_per_s", "`unit`", "expected load of the highest block"}}},
    {"forecast FILE", "forecast", "a step of a series", "tonnage forecast assistant/chat.csv --horizon 4 --methods naive --format csv",
     {{"series", "", "column or name in the file"},
      {"step", "steps", "from 1, after the last value"},
      {"time", "time", "UTC"},
      {"mean", "as given", "the forecast, of least absolute error; expected values and sums of skewed demand are means of --paths"},
      {"median", "as given", "the same"},
      {"qLEVEL", "as given", "quantile, a column for each end of the intervals of --levels"}}},
    {"forecast FILE --backtest", "backtest", "a series", "tonnage forecast assistant/chat.csv --horizon 4 --methods naive --backtest --format csv",
     {{"series", "", "column or name in the file"},
      {"method", "", "what was used"},
      {"season", "steps", "length of the season"},
      {"origins", "", "forecasts made from earlier points of the history", "number"},
      {"error_percent", "%", "sum of absolute errors over the sum of values (WAPE)"},
      {"naive_error_percent", "%", "the same of seasonal naive"},
      {"mase", "1", "mean absolute scaled error"},
      {"naive_mase", "1", "the same of seasonal naive"},
      {"coverage_80_percent", "%", "values within the 80 % interval"},
      {"reason", "", "why this method"}}},
    {"curve", "deployments", "a deployment", "tonnage curve startup/startup.yaml --format csv",
     {{"workload", "", "name in the scenario, or the model"},
      {"node", "", "node type"},
      {"precision", "", "of the weights"},
      {"accelerators", "", "of a replica", "number"},
      {"round_trip_ms", "ms", "of the load that it carries; inf: from anywhere"},
      {"load_per_s", "1/s", "what a replica carries under its SLO"},
      {"power_w", "W", "of a replica at that load"},
      {"concurrency", "requests", "in flight on average"},
      {"ttft_p50_ms", "ms", "time to first token, P50"},
      {"ttft_p95_ms", "ms", "P95"},
      {"ttft_p99_ms", "ms", "P99"},
      {"tpot_p50_ms", "ms", "time per output token, P50"},
      {"tpot_p95_ms", "ms", "P95"},
      {"tpot_p99_ms", "ms", "P99"},
      {"e2e_p50_ms", "ms", "end to end, P50"},
      {"e2e_p95_ms", "ms", "P95"},
      {"e2e_p99_ms", "ms", "P99"},
      {"limit", "", "what binds: tpot, ttft, e2e, kv memory, compute, measured, given; of models that answer in one pass: e2e, batch, memory, compute, memory bandwidth, links"},
      {"evidence", "", "analytic, measured, given or hosted"}}},
    {"curve --search", "search", "a deployment that no other beats", "tonnage curve --model llama-3.1-8b --node h100x8 --input 900 --output 200 --search --format csv",
     {{"node", "", "node type"},
      {"precision", "", "of the weights"},
      {"accelerators", "", "of a replica, or of the replicas that go together", "number"},
      {"kv_precision", "", "of the KV cache"},
      {"layout", "", "TP: tensor parallelism, PP: stages, DP: data ranks, EP: experts spread; of two deployments both"},
      {"chunk_tokens", "tokens", "of prefill in a step"},
      {"batch_limit", "requests", "in a batch at most"},
      {"load_per_s", "1/s", "what a replica carries under its SLO"},
      {"load_per_accelerator_s", "1/s", "the same for an accelerator"},
      {"user_tokens_per_s", "tokens/s", "that a user sees"},
      {"ttft_p95_ms", "ms", "time to first token, P95"},
      {"tpot_p95_ms", "ms", "time per output token, P95"},
      {"power_w", "W", "of a replica"},
      {"output_tokens_per_j", "tokens/J", "output tokens for a joule"},
      {"limit", "", "what binds"},
      {"helps_most", "", "the resource of which a percent more carries most, and the percent of load that it carries; of one deployment"}}},
    {"simulate", "simulation", "a fleet at a load", "tonnage simulate --model llama-3.1-8b --node h100x8 --input 900 --output 200 --rate 5 --requests 100 --format csv",
     {{"fleet", "", "name of the fleet"},
      {"router", "", "how requests are spread"},
      {"load_per_s", "1/s", "requests offered; with closed loops the column is concurrency: requests in flight"},
      {"replicas", "", "of the fleet", "number"},
      {"accelerators", "", "of the fleet", "number"},
      {"requests", "", "that were simulated", "number"},
      {"ttft_mean_ms", "ms", "time to first token, mean"},
      {"ttft_p50_ms", "ms", "P50"},
      {"ttft_p90_ms", "ms", "P90"},
      {"ttft_p95_ms", "ms", "P95"},
      {"ttft_p99_ms", "ms", "P99"},
      {"tpot_mean_ms", "ms", "time per output token, mean"},
      {"tpot_p50_ms", "ms", "P50"},
      {"tpot_p90_ms", "ms", "P90"},
      {"tpot_p95_ms", "ms", "P95"},
      {"tpot_p99_ms", "ms", "P99"},
      {"e2e_mean_ms", "ms", "end to end, mean"},
      {"e2e_p50_ms", "ms", "P50"},
      {"e2e_p90_ms", "ms", "P90"},
      {"e2e_p95_ms", "ms", "P95"},
      {"e2e_p99_ms", "ms", "P99"},
      {"request_rate_per_s", "1/s", "requests that ended"},
      {"output_tokens_per_s", "tokens/s", "of the fleet"},
      {"batch", "requests", "in a step on average"},
      {"occupancy_share", "1", "of the batch limit"},
      {"kv_use_share", "1", "of the KV memory"},
      {"utilisation_share", "1", "of the time, at work"},
      {"preemptions", "", "requests put back", "number"},
      {"refused", "", "that fit nowhere", "number"},
      {"turned_away", "", "for a full queue", "number"},
      {"prefix_hit_share", "1", "of input tokens found in the prefix cache"},
      {"steps", "", "of the engines", "number"},
      {"power_w", "W", "of the fleet on average"},
      {"output_tokens_per_j", "tokens/J", "output tokens for a joule"},
      {"usd_per_hour", "USD/h", "of the fleet, where prices are given"},
      {"usd_per_m_output_tokens", "USD", "for a million output tokens"},
      {"saturated", "", "true: load beyond capacity"},
      {"slo", "", "met or not, where one is given"},
      {"reason", "", "why there is no figure"}}},
    {"simulate SCENARIO", "deployment checks", "a deployment at the load that a plan counts on", "tonnage simulate startup/startup.yaml --requests 200 --format csv",
     {{"workload", "", "name in the scenario"},
      {"node", "", "node type"},
      {"precision", "", "of the weights"},
      {"accelerators", "", "of a replica", "number"},
      {"round_trip_ms", "ms", "of the load"},
      {"load_per_s", "1/s", "simulated"},
      {"ttft_p99_ms", "ms", "time to first token, P99, simulated"},
      {"analytic_ttft_p99_ms", "ms", "the same from the analytic curve"},
      {"tpot_mean_ms", "ms", "time per output token, mean, simulated"},
      {"analytic_tpot_mean_ms", "ms", "the same from the analytic curve"},
      {"e2e_p99_ms", "ms", "end to end, P99, simulated"},
      {"analytic_e2e_p99_ms", "ms", "the same from the analytic curve"},
      {"capacity_per_s", "1/s", "of the analytic curve"},
      {"simulated_capacity_per_s", "1/s", "largest load that holds the SLO in simulation"},
      {"difference_percent", "%", "simulated over analytic capacity, less 100"},
      {"saturated", "", "true: load beyond capacity"},
      {"slo", "", "met or not"},
      {"reason", "", "why there is no figure"}}},
  };
  return tables;
}

namespace {

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

}  // namespace

std::vector<std::string> table_columns(const std::string& command) {
  std::vector<std::string> out;
  for (const std::vector<TableText>* tables : {&plan_tables(), &bill_tables(), &more_tables()})
    for (const TableText& table : *tables)
      if (table.command == command || std::string(table.command).rfind(command + " ", 0) == 0)
        for (const ColumnText& column : table.columns)
          if (std::find(out.begin(), out.end(), column.name) == out.end()) out.emplace_back(column.name);
  return out;
}

std::string columns_markdown() {
  std::string out = fmt::format("# Columns\n\nTables that commands write with `--format csv` and, a row a line, `--format jsonl`; rows in JSON have the same names.\n"
                                "Version {}: within a version columns are added, none changes its name, unit or meaning. `--columns a,b` chooses some, in that order.\n"
                                "Numbers have a decimal point and full precision, times are UTC, empty fields are unknown. `curve --cases` keeps the columns\n"
                                "of its file and adds `predicted_` ones. Made by `tonnage schema --tables`.\n\n"
                                "There is no Parquet: Debian 12 has no package of Arrow's C++ library, and one from elsewhere would be many times as large as this\n"
                                "program. CSV as it is written here goes into it without a loss: `duckdb -c \"COPY 'plan.csv' TO 'plan.parquet'\"`, or\n"
                                "`pyarrow.parquet.write_table(pyarrow.csv.read_csv('plan.csv'), 'plan.parquet')`.\n", document_version);
  for (const std::vector<TableText>* tables : {&plan_tables(), &bill_tables(), &more_tables()})
    for (const TableText& table : *tables) {
      out += fmt::format("\n## {}: {}\n\nA row is {}.\n\n```console\n$ {}\n```\n\n| column | unit | meaning |\n|---|---|---|\n", table.command, table.name, table.row, table.example);
      for (const ColumnText& column : table.columns) out += fmt::format("| `{}` | {} | {} |\n", column.name, column.unit, cell(column.meaning));
    }
  return out;
}

}  // namespace tonnage::report
