#include "tonnage/scenario/fields.hpp"

#include <unordered_map>

namespace tonnage::scenario {

namespace {

using enum FieldType;
constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

// Rows are grouped as in the file; within a path, each row is one allowed form.
const std::vector<Field>& field_table() {
  static const std::vector<Field> table = {
      {"", object, "", "", "The whole scenario.", "", -inf, inf, true},
      {"tonnage", integer, "", "", "Version of this format.", "1", 1, 1, true},
      {"name", text, "", "the file's name", "Name of the scenario, shown in reports.", "assistant-2027"},
      {"description", text, "", "", "What the scenario is about.", "baseline for the 2027 budget"},
      {"extends", file, "", "", "Another scenario file that this one builds on.", "base.yaml"},
      {"currency", text, "", "USD", "Currency of all amounts in reports; only USD yet, prices may be in others (fx).", "USD"},
      {"fx", map, "", "", "Other currencies, each worth so much of the scenario's own.", "{EUR: 1.08 USD}"},
      {"fx.*", quantity, "money", "", "What one unit of the currency is worth.", "1.08 USD", 1e-12, 1e12, false, false},
      {"as_of", date, "", "horizon.start", "Today for the plan: nothing is ordered earlier.", "2026-11-24"},
      {"seed", integer, "", "1", "Seed of all random streams.", "7", 0, 9e15},
      {"correlations", list, "", "", "Rank correlations between uncertain inputs.", "[{of: [a, b], rank: 0.6}]"},
      {"correlations[]", object, "", "", "One correlation.", "{of: [pools.a.price, pools.b.price], rank: 0.6}"},
      {"correlations[].of", list, "", "", "Paths of two uncertain inputs.", "[pools.a.price, pools.b.price]", 2, 2, true},
      {"correlations[].of[]", text, "", "", "Path of an uncertain input.", "pools.us-b200.price"},
      {"correlations[].rank", quantity, "number", "", "Spearman rank correlation.", "0.6", -1, 1, true, false},

      {"horizon", object, "", "", "The periods that are planned.", "{start: 2027-01-01, periods: 8, period: quarter}", -inf, inf, true},
      {"horizon.start", date, "", "", "First day of the first period.", "2027-01-01", -inf, inf, true},
      {"horizon.periods", integer, "", "", "Number of periods.", "8", 1, 520, true},
      {"horizon.period", choice, "week|month|quarter", "quarter", "Length of a period.", "quarter"},

      {"blocks", map, "", "made from the history", "Sets of alike hours in a period, and the hours each stands for.", "{night: 243 h, day: 365 h, peak: 122 h}"},
      {"blocks.*", quantity, "duration", "", "Hours of a period; scaled to the period's real hours.", "122 h", 1, inf, false, false},
      {"outcomes", map, "", "made from the forecast", "Possible futures of demand, with probabilities that sum to 1.", "{low: 0.25, base: 0.5, high: 0.25}"},
      {"outcomes.*", quantity, "ratio", "", "Probability.", "0.25", 0, 1, false, false},

      {"regions", map, "", "", "Places with power and an electricity price.", "{us-central: {site: own, power: 9 MW, electricity: 0.074 USD/kWh}}", -inf, inf, true},
      {"regions.*", object, "", "", "One region.", "{site: own, power: 9 MW, electricity: 0.074 USD/kWh, pue: 1.14}"},
      {"regions.*.site", choice, "own|colo|cloud", "cloud", "Who runs the building: own data centre, colocation, or a cloud.", "own"},
      {"regions.*.provider", text, "", "", "Who provides a cloud or colocation region.", "acme-cloud"},
      {"regions.*.power", quantity, "power", "no limit", "Power available to the fleet at the facility's meter.", "9 MW", 0, 1e12},
      {"regions.*.power", list, "", "no limit", "Power by date.", "[{from: 2027-07-01, power: 12 MW}]", 1},
      {"regions.*.power[]", object, "", "", "Power from a date on.", "{from: 2027-07-01, power: 12 MW}"},
      {"regions.*.power[].from", date, "", "", "First day of this power.", "2027-07-01", -inf, inf, true},
      {"regions.*.power[].power", quantity, "power", "", "Power from that day on; none before the first.", "12 MW", 0, 1e12, true},
      {"regions.*.power_offer", object, "", "", "Power that can be bought.", "{price: 9 M USD/MW, lead_time: 18 months, limit: 10 MW}"},
      {"regions.*.power_offer.price", quantity, "power-purchase", "", "Price of power to be built.", "9 M USD/MW", 0, inf, true},
      {"regions.*.power_offer.lead_time", quantity, "duration", "0 s", "From order to use.", "18 months", 0, 1e10},
      {"regions.*.power_offer.limit", quantity, "power", "no limit", "Most that can be bought.", "10 MW", 0, 1e12},
      {"regions.*.colocation", quantity, "power-rent", "0", "Rent for power and space, per power of the nodes held.", "165 USD/kW/month", 0},
      {"regions.*.electricity", quantity, "energy-price", "0", "Price of electricity.", "0.074 USD/kWh", 0},
      {"regions.*.demand_charge", quantity, "power-rent", "0", "Charge for the highest power of a month.", "12 USD/kW/month", 0},
      {"regions.*.pue", quantity, "number", "1", "Power usage effectiveness: facility power over IT power.", "1.14", 1, 10},
      {"regions.*.carbon", quantity, "carbon", "0", "Carbon of the electricity, location-based.", "390 g/kWh", 0},
      {"regions.*.carbon_market", quantity, "carbon", "carbon", "Carbon of the electricity, market-based.", "20 g/kWh", 0},
      {"regions.*.space", quantity, "nodes", "no limit", "Nodes that there is room for.", "400 nodes", 0, 1e9},
      {"regions.*.egress", quantity, "request-price|data-price", "0", "Price of sending answers out of the region.", "0.00001 USD/request", 0},

      {"origins", map, "", "anywhere", "Where demand arises.", "{americas: {us-central: 35 ms}}"},
      {"origins.*", map, "", "", "Round trip to each region; a region that is not listed is out of reach; an empty mapping reaches all.", "{us-central: 35 ms, cloud-west: 60 ms}"},
      {"origins.*.*", quantity, "duration", "", "Round trip; counts in TTFT and end-to-end, not in TPOT.", "35 ms", 0, 3600},

      {"accelerators", map, "", "the catalogue", "Chips that are not in the catalogue, by their data sheets.", "{k1: {memory: 96 GB, bandwidth: 2.8 TB/s, bf16: 620 TFLOP/s, power: 550 W}}"},
      {"accelerators.*", object, "", "", "One chip type.", "{memory: 96 GB, bandwidth: 2.8 TB/s, bf16: 620 TFLOP/s, power: 550 W}"},
      {"accelerators.*.memory", quantity, "data", "", "Memory of one chip.", "96 GB", 1, 1e16, true},
      {"accelerators.*.bandwidth", quantity, "data-rate", "", "Memory bandwidth.", "2.8 TB/s", 1, 1e18, true},
      {"accelerators.*.bf16", quantity, "compute", "", "Dense peak at 16 bits.", "620 TFLOP/s", 1, 1e20, true},
      {"accelerators.*.fp8", quantity, "compute", "not supported", "Dense peak at FP8.", "1240 TFLOP/s", 0, 1e20},
      {"accelerators.*.int8", quantity, "compute", "not supported", "Dense peak at INT8.", "1240 TFLOP/s", 0, 1e20},
      {"accelerators.*.fp4", quantity, "compute", "not supported", "Dense peak at FP4.", "2480 TFLOP/s", 0, 1e20},
      {"accelerators.*.link", quantity, "data-rate", "none", "Link between chips of a domain, per direction.", "600 GB/s", 0, 1e16},
      {"accelerators.*.domain", integer, "", "1", "Chips that such links join.", "16", 1, 100000},
      {"accelerators.*.network", quantity, "data-rate", "none", "Network of one chip, per direction.", "50 GB/s", 0, 1e16},
      {"accelerators.*.power", quantity, "power", "", "Thermal design power.", "550 W", 0, 1e7, true},

      {"calibration", map, "", "", "Multipliers on the constants of a step, from own load tests: what `tonnage calibrate` writes.", "{h100-sxm: {weights_memory: 1.04, layer_s: 0.9}}"},
      {"calibration.*", map, "", "", "Of one accelerator, or of a model on it (h100-sxm/llama-3.1-70b).", "{weights_memory: 1.04, layer_s: 0.9}"},
      {"calibration.*.*", quantity, "number", "", "Multiplier of a constant, by its name in the table of efficiencies.", "1.04", 0.01, 100, false, false},

      {"nodes", map, "", "the catalogue", "Servers: the unit that is bought.", "{h100x8: {accelerator: h100-sxm, count: 8}}"},
      {"nodes.*", object, "", "", "One node type.", "{accelerator: h100-sxm, count: 8, power: 10.2 kW}"},
      {"nodes.*.accelerator", name, "accelerators", "", "Its accelerator, from this file or the catalogue.", "h100-sxm", -inf, inf, true},
      {"nodes.*.count", integer, "", "", "Accelerators in a node.", "8", 1, 100000, true},
      {"nodes.*.power", quantity, "power", "the catalogue, else 1.5 x count x the accelerator's power", "Power of a busy node.", "10.2 kW", 0, 1e8},
      {"nodes.*.idle_power", quantity, "power", "25 % of power", "Power of an idle node.", "2.5 kW", 0, 1e8},
      {"nodes.*.network", quantity, "ratio|money", "0", "Network beside the node, as a share of its price or an amount.", "19 %", 0},
      {"nodes.*.storage", quantity, "ratio|money", "0", "Storage beside the node, as a share of its price or an amount.", "4 %", 0},
      {"nodes.*.failure_rate", quantity, "event-rate|growth", "0", "Failures of a node per year.", "0.3 /year", 0, 1000},
      {"nodes.*.repair_time", quantity, "duration", "0 s", "From failure to use.", "5 days", 0, 1e9},
      {"nodes.*.supply", quantity, "node-rate", "no limit", "New nodes over all pools with limited_by_supply.", "40 nodes/quarter", 0},
      {"nodes.*.supply", list, "", "no limit", "New nodes by period over all pools with limited_by_supply.", "[40, 40, 60, 60]", 1},
      {"nodes.*.supply[]", quantity, "nodes", "", "New nodes of a period; the last holds for all later ones.", "40", 0, 1e9},

      {"pools", map, "", "", "Region x node x the offer it is held on.", "{us-h100: {region: us-central, node: h100x8, offer: owned, nodes: 120}}", -inf, inf, true},
      {"pools.*", object, "", "", "One pool.", "{region: us-central, node: b200x8, offer: purchase, price: 460 k USD, lead_time: 5 months, life: 5 years}"},
      {"pools.*.region", name, "regions", "", "Where the nodes are.", "us-central", -inf, inf, true},
      {"pools.*.node", name, "nodes", "", "Node type, from this file or the catalogue.", "h100x8", -inf, inf, true},
      {"pools.*.offer", choice, "owned|purchase|lease|colocation|on-demand|reserved|spot|api", "", "How the nodes are held.", "purchase", -inf, inf, true},
      {"pools.*.price", quantity, "money|rent|token-price", "0 for owned, else required", "Price of a node: once (purchase, owned) or for the time held; per million tokens for api.", "460 k USD", 0, 1e12},
      {"pools.*.lead_time", quantity, "duration", "0 s", "From order to service.", "5 months", 0, 1e9},
      {"pools.*.term", quantity, "duration", "to the end of the horizon", "How long a commitment lasts.", "36 months", 86400, 1e10},
      {"pools.*.life", quantity, "duration", "5 years", "Useful life, over which the price is recovered.", "5 years", 86400, 1e10},
      {"pools.*.residual", quantity, "ratio|money", "0", "Value at the end of life.", "10 %", 0},
      {"pools.*.upfront", choice, "none|partial|all", "none", "How much of a commitment is paid at once.", "none"},
      {"pools.*.limit", quantity, "nodes", "no limit", "Most nodes in service.", "30 nodes", 0, 1e9},
      {"pools.*.min", quantity, "nodes", "0", "Fewest nodes in service.", "4 nodes", 0, 1e9},
      {"pools.*.supply", quantity, "node-rate", "no limit", "New nodes that can be had.", "80 nodes/quarter", 0},
      {"pools.*.supply", list, "", "no limit", "New nodes by period.", "[40, 40, 60]", 1},
      {"pools.*.supply[]", quantity, "nodes", "", "New nodes of a period; the last holds for all later ones.", "40", 0, 1e9},
      {"pools.*.limited_by_supply", boolean, "", "false", "Shares the supply of its node type.", "true"},
      {"pools.*.nodes", quantity, "nodes", "0", "Nodes already there.", "120", 0, 1e9},
      {"pools.*.nodes", list, "", "0", "Nodes in service by period, already there.", "[23, 22, 22, 21]", 1},
      {"pools.*.nodes[]", quantity, "nodes", "", "Nodes of a period; the last holds for all later ones.", "23", 0, 1e9},
      {"pools.*.in_service", date, "", "before the horizon", "When the nodes already there began; they leave at the end of their life.", "2024-06-01"},
      {"pools.*.held", list, "", "", "Commitments already held, each with its end.", "[{nodes: 20, until: 2027-05-31}]"},
      {"pools.*.held[]", object, "", "", "Nodes held until a day.", "{nodes: 20, until: 2027-05-31}"},
      {"pools.*.held[].nodes", quantity, "nodes", "", "Number of nodes.", "20", 0, 1e9, true},
      {"pools.*.held[].until", date, "", "", "Last day.", "2027-05-31", -inf, inf, true},
      {"pools.*.arriving", list, "", "", "Nodes ordered before the plan, not yet in service.", "[{nodes: 16, on: 2027-03-01}]"},
      {"pools.*.arriving[]", object, "", "", "Nodes that arrive on a day.", "{nodes: 16, on: 2027-03-01}"},
      {"pools.*.arriving[].nodes", quantity, "nodes", "", "Number of nodes.", "16", 0, 1e9, true},
      {"pools.*.arriving[].on", date, "", "", "First day in service.", "2027-03-01", -inf, inf, true},
      {"pools.*.interruption", quantity, "growth|event-rate", "0 %/day", "Spot: share of nodes taken back.", "6 %/day", 0, 365.25},
      {"pools.*.accounting", choice, "straight-line|capital-recovery", "capital-recovery", "How the price is spread over the life.", "capital-recovery"},

      {"workloads", map, "", "", "Models served to classes of requests, and jobs.", "{chat: {model: llama-3.1-70b, demand: {constant: 100 requests/s}}}", -inf, inf, true},
      {"workloads.*", object, "", "", "One workload.", "{model: llama-3.1-70b, shape: {input: {mean: 1100}, output: {mean: 240}}, demand: {constant: 100 requests/s}}"},
      {"workloads.*.team", text, "", "", "Who owns the workload.", "assistants"},
      {"workloads.*.model", name, "models", "", "A model of the catalogue.", "llama-3.1-70b"},
      {"workloads.*.model", object, "", "", "An architecture, or measured figures.", "{kind: measured, table: vision-points.csv}"},
      {"workloads.*.model.kind", choice, "decoder|encoder|speech|vision|diffusion|recommender|measured", "decoder", "What kind of model it is.", "measured"},
      {"workloads.*.model.table", file, "", "", "Measured points: node,accelerators,requests_per_s,latency_p50_ms,latency_p99_ms.", "vision-points.csv"},
      {"workloads.*.model.layers", integer, "", "", "Layers.", "80", 1, 10000},
      {"workloads.*.model.hidden", integer, "", "", "Width of the residual stream.", "8192", 1, 1e6},
      {"workloads.*.model.heads", integer, "", "", "Attention heads.", "64", 1, 1e5},
      {"workloads.*.model.kv_heads", integer, "", "heads", "Key and value heads.", "8", 1, 1e5},
      {"workloads.*.model.head_dim", integer, "", "hidden / heads", "Width of a head.", "128", 1, 1e5},
      {"workloads.*.model.ffn", integer, "", "", "Width of the feed-forward layer.", "28672", 1, 1e7},
      {"workloads.*.model.vocabulary", integer, "", "", "Tokens of the vocabulary.", "128256", 1, 1e8},
      {"workloads.*.model.experts", integer, "", "0", "Experts of a mixture.", "128", 0, 1e5},
      {"workloads.*.model.experts_per_token", integer, "", "0", "Experts that a token uses.", "8", 0, 1e5},
      {"workloads.*.model.expert_ffn", integer, "", "ffn", "Width of an expert.", "2048", 1, 1e7},
      {"workloads.*.model.parameters", quantity, "number", "", "Parameters.", "70.55 B", 1, 1e15, false, false},
      {"workloads.*.model.active_parameters", quantity, "number", "parameters", "Parameters that a token uses.", "17 B", 1, 1e15, false, false},
      {"workloads.*.model.flops", quantity, "flops", "", "Operations of one request, for models without tokens.", "6 TFLOP", 1, 1e21, false, false},
      {"workloads.*.model.bytes", quantity, "data", "0", "Memory traffic of one request beside the weights.", "2 GB", 0, 1e18, false, false},
      {"workloads.*.precision", choice, "fp32|bf16|fp8|int8|int4|mxfp4|nvfp4", "the model's own", "Precision of weights and arithmetic.", "fp8"},
      {"workloads.*.shape", object, "", "", "Tokens of a request.", "{input: {mean: 1100, p95: 3800}, output: {mean: 240, p95: 800}, prefix_hit: 45 %}"},
      {"workloads.*.shape.input", object, "", "", "Input tokens.", "{mean: 1100, p95: 3800}"},
      {"workloads.*.shape.input.mean", quantity, "number", "", "Mean.", "1100", 1, 1e8, true},
      {"workloads.*.shape.input.p95", quantity, "number", "not given", "95th percentile.", "3800", 1, 1e8},
      {"workloads.*.shape.output", object, "", "none", "Output tokens.", "{mean: 240, p95: 800}"},
      {"workloads.*.shape.output.mean", quantity, "number", "", "Mean.", "240", 1, 1e8, true},
      {"workloads.*.shape.output.p95", quantity, "number", "not given", "95th percentile.", "800", 1, 1e8},
      {"workloads.*.shape.prefix_hit", quantity, "ratio", "0 %", "Share of input tokens found in the prefix cache.", "45 %", 0, 0.999},
      {"workloads.*.prefix_hit", quantity, "ratio", "0 %", "The same, beside the shape.", "45 %", 0, 0.999},
      {"workloads.*.speculative", object, "", "", "Speculative decoding.", "{tokens: 3, acceptance: 70 %}"},
      {"workloads.*.speculative.tokens", integer, "", "", "Tokens drafted per step.", "3", 1, 64, true},
      {"workloads.*.speculative.acceptance", quantity, "ratio", "", "Share of drafted tokens accepted.", "70 %", 0, 1, true},
      {"workloads.*.slo", object, "", "none", "Latency limits.", "{ttft: {p95: 600 ms}, tpot: {p95: 30 ms}}"},
      {"workloads.*.slo.ttft", object, "", "", "Time to first token.", "{p95: 600 ms}"},
      {"workloads.*.slo.tpot", object, "", "", "Time per output token after the first.", "{p95: 30 ms}"},
      {"workloads.*.slo.e2e", object, "", "", "End to end.", "{p99: 20 s}"},
      {"workloads.*.slo.latency", object, "", "", "End to end, of models without tokens.", "{p99: 120 ms}"},
      {"workloads.*.slo.ttft.p50", quantity, "duration", "", "Limit on the median.", "300 ms", 1e-6, 1e6},
      {"workloads.*.slo.ttft.p90", quantity, "duration", "", "Limit on the 90th percentile.", "500 ms", 1e-6, 1e6},
      {"workloads.*.slo.ttft.p95", quantity, "duration", "", "Limit on the 95th percentile.", "600 ms", 1e-6, 1e6},
      {"workloads.*.slo.ttft.p99", quantity, "duration", "", "Limit on the 99th percentile.", "900 ms", 1e-6, 1e6},
      {"workloads.*.slo.ttft.mean", quantity, "duration", "", "Limit on the mean.", "400 ms", 1e-6, 1e6},
      {"workloads.*.slo.tpot.p50", quantity, "duration", "", "Limit on the median.", "20 ms", 1e-6, 1e6},
      {"workloads.*.slo.tpot.p90", quantity, "duration", "", "Limit on the 90th percentile.", "28 ms", 1e-6, 1e6},
      {"workloads.*.slo.tpot.p95", quantity, "duration", "", "Limit on the 95th percentile.", "30 ms", 1e-6, 1e6},
      {"workloads.*.slo.tpot.p99", quantity, "duration", "", "Limit on the 99th percentile.", "50 ms", 1e-6, 1e6},
      {"workloads.*.slo.tpot.mean", quantity, "duration", "", "Limit on the mean.", "25 ms", 1e-6, 1e6},
      {"workloads.*.slo.e2e.p50", quantity, "duration", "", "Limit on the median.", "5 s", 1e-6, 1e6},
      {"workloads.*.slo.e2e.p90", quantity, "duration", "", "Limit on the 90th percentile.", "10 s", 1e-6, 1e6},
      {"workloads.*.slo.e2e.p95", quantity, "duration", "", "Limit on the 95th percentile.", "12 s", 1e-6, 1e6},
      {"workloads.*.slo.e2e.p99", quantity, "duration", "", "Limit on the 99th percentile.", "20 s", 1e-6, 1e6},
      {"workloads.*.slo.e2e.mean", quantity, "duration", "", "Limit on the mean.", "6 s", 1e-6, 1e6},
      {"workloads.*.slo.latency.p50", quantity, "duration", "", "Limit on the median.", "60 ms", 1e-6, 1e6},
      {"workloads.*.slo.latency.p90", quantity, "duration", "", "Limit on the 90th percentile.", "90 ms", 1e-6, 1e6},
      {"workloads.*.slo.latency.p95", quantity, "duration", "", "Limit on the 95th percentile.", "100 ms", 1e-6, 1e6},
      {"workloads.*.slo.latency.p99", quantity, "duration", "", "Limit on the 99th percentile.", "120 ms", 1e-6, 1e6},
      {"workloads.*.slo.latency.mean", quantity, "duration", "", "Limit on the mean.", "70 ms", 1e-6, 1e6},
      {"workloads.*.priority", integer, "", "1", "1 is served first.", "1", 1, 9},
      {"workloads.*.demand", object, "", "", "How much load arises: one of history, start, constant, table.", "{history: chat.csv, unit: requests/s}"},
      {"workloads.*.demand.history", file, "", "", "CSV time,origin,value (or time,workload,origin,value; or wide: time and a column per origin).", "chat.csv"},
      {"workloads.*.demand.unit", text, "", "requests/s", "Unit of the history's values.", "requests/s"},
      {"workloads.*.demand.start", quantity, "request-rate", "", "Load at the start of the horizon.", "800 requests/s", 0, 1e12},
      {"workloads.*.demand.growth", quantity, "growth", "none", "Compound growth.", "40 %/year", -1, 100},
      {"workloads.*.demand.growth", object, "", "none", "Growth by diffusion.", "{bass: {market: 9 k requests/s, p: 0.02, q: 0.4}}"},
      {"workloads.*.demand.growth.bass", object, "", "", "Bass diffusion.", "{market: 9 k requests/s, p: 0.02, q: 0.4}", -inf, inf, true},
      {"workloads.*.demand.growth.bass.market", quantity, "request-rate", "", "Ceiling.", "9 k requests/s", 0, 1e12, true},
      {"workloads.*.demand.growth.bass.p", quantity, "number", "", "Innovation, per year.", "0.02", 0, 10, true},
      {"workloads.*.demand.growth.bass.q", quantity, "number", "", "Imitation, per year.", "0.4", 0, 10, true},
      {"workloads.*.demand.constant", quantity, "request-rate", "", "The same load at all times, on average over the day.", "1.2 k requests/s", 0, 1e12},
      {"workloads.*.demand.table", file, "", "", "CSV period,block,outcome,workload,origin,requests_per_s; needs blocks and outcomes.", "demand.csv"},
      {"workloads.*.demand.origins", map, "", "anywhere", "Shares of start and constant by origin.", "{americas: 60 %, europe: 40 %}"},
      {"workloads.*.demand.origins.*", quantity, "ratio", "", "Share of the load.", "60 %", 0, 1},
      {"workloads.*.events", list, "", "", "Known events that change demand.", "[{name: launch, date: 2027-06-15, effect: +40 %, ramp: 8 weeks}]"},
      {"workloads.*.events[]", object, "", "", "One event.", "{name: launch in Europe, date: 2027-06-15, origin: europe, effect: +40 %, ramp: 8 weeks, probability: 70 %}"},
      {"workloads.*.events[].name", text, "", "", "What happens.", "launch in Europe"},
      {"workloads.*.events[].date", date, "", "", "From when.", "2027-06-15", -inf, inf, true},
      {"workloads.*.events[].origin", name, "origins", "all", "Where.", "europe"},
      {"workloads.*.events[].effect", quantity, "ratio", "", "Change of the load.", "+40 %", -1, 1000, true},
      {"workloads.*.events[].ramp", quantity, "duration", "0 s", "Until the full effect.", "8 weeks", 0, 1e9},
      {"workloads.*.events[].probability", quantity, "ratio", "100 %", "How likely it is.", "70 %", 0, 1},
      {"workloads.*.overrides", list, "", "", "Judgemental corrections of the forecast.", "[{from: 2027-04-01, factor: 1.1, why: sales pledge}]"},
      {"workloads.*.overrides[]", object, "", "", "One correction.", "{from: 2027-04-01, factor: 1.1, why: sales pledge}"},
      {"workloads.*.overrides[].from", date, "", "", "First day.", "2027-04-01", -inf, inf, true},
      {"workloads.*.overrides[].until", date, "", "the end", "Last day.", "2027-06-30"},
      {"workloads.*.overrides[].factor", quantity, "ratio", "", "Times the forecast.", "1.1", 0, 1000, true},
      {"workloads.*.overrides[].why", text, "", "", "The reason, for the record.", "sales pledge", -inf, inf, true},
      {"workloads.*.gaps", choice, "interpolate|model|error", "error", "What to do with gaps in the history.", "interpolate"},
      {"workloads.*.outliers", choice, "keep|replace|error", "keep", "What to do with outliers in the history.", "keep"},
      {"workloads.*.burst", quantity, "number", "1", "Coefficient of variation of the time between arrivals.", "1.5", 0, 1000},
      {"workloads.*.capacity", map, "", "by the model", "What one replica carries, by node type, given instead of computed.", "{h100x8: [{accelerators: 1, load: 0.32 requests/s, power: 934 W}]}"},
      {"workloads.*.capacity.*", list, "", "", "Deployments on this node type.", "[{accelerators: 1, load: 0.32 requests/s, power: 934 W}]", 1},
      {"workloads.*.capacity.*[]", object, "", "", "One deployment.", "{accelerators: 1, load: 0.32 requests/s, power: 934 W}"},
      {"workloads.*.capacity.*[].accelerators", integer, "", "", "Accelerators of a replica.", "1", 1, 100000, true},
      {"workloads.*.capacity.*[].load", quantity, "request-rate", "", "Load that a replica carries under its SLO.", "0.32 requests/s", 1e-12, 1e12, true},
      {"workloads.*.capacity.*[].power", quantity, "power", "its share of the node", "Power of a replica at that load.", "934 W", 0, 1e8},
      {"workloads.*.versions", list, "", "", "Other models that take a share of the load over time.", "[{from: 2027-07-01, model: llama-4-maverick, share: 60 %}]"},
      {"workloads.*.versions[]", object, "", "", "One version.", "{from: 2027-07-01, model: llama-4-maverick, share: 60 %}"},
      {"workloads.*.versions[].from", date, "", "", "First day.", "2027-07-01", -inf, inf, true},
      {"workloads.*.versions[].model", name, "models", "", "A model of the catalogue.", "llama-4-maverick", -inf, inf, true},
      {"workloads.*.versions[].share", quantity, "ratio", "", "Share of the load.", "60 %", 0, 1, true},
      {"workloads.*.serve", map, "", "by reach and residency", "Which regions may serve which origin.", "{americas: [us-central, cloud-west]}"},
      {"workloads.*.serve.*", list, "", "", "Regions that may serve this origin.", "[us-central, cloud-west]", 1},
      {"workloads.*.serve.*[]", name, "regions", "", "A region.", "us-central"},
      {"workloads.*.reach", quantity, "duration", "no limit", "Longest round trip between origin and region.", "120 ms", 0, 3600},
      {"workloads.*.residency", list, "", "anywhere", "Regions that the data may not leave.", "[eu-north]", 1},
      {"workloads.*.residency[]", name, "regions", "", "A region.", "eu-north"},
      {"workloads.*.unmet", quantity, "request-price", "policies.unmet", "What a request that is not served costs.", "0.002 USD/request", 0},
      {"workloads.*.unmet", choice, "never", "policies.unmet", "All load is served.", "never"},
      {"workloads.*.protected", quantity, "ratio", "100 %", "Share of the load still carried when a region is lost.", "80 %", 0, 1},
      {"workloads.*.move_cost", quantity, "money", "0", "Cost of a replica that leaves its place from one period to the next though its load stays.", "120 USD", 0},
      {"workloads.*.deadline", quantity, "duration", "at once", "Work may wait so long: from a day on it fills the troughs of a period.", "24 hours", 1, 1e9},
      {"workloads.*.job", object, "", "", "A training or batch job in place of requests.", "{accelerators: 64, node: h100x8, hours: 300, every: 2 weeks}"},
      {"workloads.*.job.accelerators", integer, "", "", "Accelerators that run together.", "64", 1, 1e7, true},
      {"workloads.*.job.node", name, "nodes", "", "Node type it runs on.", "h100x8", -inf, inf, true},
      {"workloads.*.job.hours", quantity, "number|duration", "", "Hours that a run takes.", "300", 1e-6, 1e9, true},
      {"workloads.*.job.every", quantity, "duration", "", "From the start of a run to the next.", "2 weeks", 3600, 1e9, true},
      {"workloads.*.job.within", quantity, "duration", "every", "A run must end so soon after its start.", "10 days", 3600, 1e9},
      {"workloads.*.job.preemptible", boolean, "", "false", "May be stopped and resumed.", "true"},

      {"policies", object, "", "", "What a plan must keep.", "{headroom: 10 %}"},
      {"policies.survive", choice, "none|any one region", "none", "Losses that all protected load survives, by re-routing.", "any one region"},
      {"policies.survive", object, "", "none", "Losses of given regions.", "{regions: [us-central], in: peak block, weight: 8 h/month}"},
      {"policies.survive.regions", list, "", "", "Regions that may be lost, one at a time.", "[us-central]", 1, inf, true},
      {"policies.survive.regions[]", name, "regions", "", "A region.", "us-central"},
      {"policies.survive.in", choice, "peak block", "peak block", "When the loss strikes.", "peak block"},
      {"policies.survive.weight", quantity, "duty", "8 h/month", "How long a loss lasts, in the expected cost.", "8 h/month", 0, 1},
      {"policies.headroom", quantity, "ratio", "0 %", "Share of every replica's capacity kept free.", "10 %", 0, 0.95},
      {"policies.unmet", map, "", "1: never", "What unmet load costs, by priority; `never` for all load served.", "{1: never, 2: 0.01 USD/request}"},
      {"policies.unmet.*", choice, "never", "", "All load of this priority is served.", "never"},
      {"policies.unmet.*", quantity, "request-price", "", "What a request that is not served costs.", "0.01 USD/request", 0},
      {"policies.budget", object, "", "none", "Most money to be spent.", "{capex: 60 M USD/quarter}"},
      {"policies.budget.capex", quantity, "rent|money", "none", "Most purchases, for a time (60 M USD/quarter) or for each period (60 M USD).", "60 M USD/quarter", 0},
      {"policies.churn", quantity, "growth", "no limit", "Most that moves from one period to the next, and from the present plan (--present): a share of the accelerators at work.", "15 %/quarter", 0},
      {"policies.availability", quantity, "ratio", "100 %", "Share of nodes not in repair.", "97 %", 0.01, 1},
      {"policies.min_replicas", integer, "", "0", "Fewest replicas of a workload in each region that serves it in a period, in all its blocks; not of jobs and of work that waits.", "2", 0, 1e6},
      {"policies.provider_share", map, "", "no limit", "Least and most of the working accelerators in a provider's regions, in every block and outcome; a loss may re-route anywhere.", "{acme-cloud: {max: 40 %}}"},
      {"policies.provider_share.*", object, "", "", "Share of one provider.", "{max: 40 %}"},
      {"policies.provider_share.*.max", quantity, "ratio", "100 %", "Most.", "40 %", 0, 1},
      {"policies.provider_share.*.min", quantity, "ratio", "0 %", "Least.", "10 %", 0, 1},
      {"policies.committed_spend", map, "", "none", "Money promised to a provider, by year: what is not spent in its regions in the periods that begin in the year is paid all the same.", "{acme-cloud: {2027: 30 M USD}}"},
      {"policies.committed_spend.*", map, "", "", "By year.", "{2027: 30 M USD}"},
      {"policies.committed_spend.*.*", quantity, "money", "", "Least spent in the year.", "30 M USD", 0},
      {"policies.fairness", choice, "none|max-min", "none", "How scarcity is shared within a priority, with the fleet of the cheapest plan: the least served share is the most, then the next least.", "max-min"},
      {"policies.cvar", object, "", "none", "Adds to what a plan minimises the mean cost of the worst outcomes (conditional value at risk).", "{level: 95 %, weight: 0.2}"},
      {"policies.cvar.level", quantity, "ratio", "", "How much is left out of the mean: 95 % keeps the worst 5 % of outcomes.", "95 %", 0, 1, true},
      {"policies.cvar.weight", quantity, "number", "", "Weight of that mean in the objective, beside the expected cost.", "0.2", 0, 1e6, true},

      {"finance", object, "", "", "How money is counted over time.", "{discount_rate: 9 %}"},
      {"finance.discount_rate", quantity, "ratio", "8 %", "Discount rate per year.", "9 %", 0, 1},
      {"finance.compounding", choice, "effective|nominal-monthly", "effective", "Whether the yearly rate is effective or twelve times a monthly one.", "effective"},
      {"finance.timing", choice, "start|mid|end", "start", "When in a period its payments fall.", "start"},
      {"finance.hours", choice, "calendar|730", "calendar", "Hours of a period: the calendar's, or 730 a month.", "calendar"},
      {"finance.energy_escalation", quantity, "growth", "0 %/year", "Growth of electricity prices.", "2 %/year", -1, 1},
      {"finance.escalation_base", date, "", "horizon.start", "When electricity costs what the regions say.", "2027-01-01"},
      {"finance.tax", quantity, "ratio", "none", "Tax rate for the tax shield.", "25 %", 0, 1},
      {"finance.staff", quantity, "rent|ratio", "0", "Staff, as an amount per time or a share of purchases per year.", "1.2 M USD/year", 0},
      {"finance.horizon_end", choice, "residual|run-off", "residual", "What counts of what lasts beyond the horizon.", "residual"},

      {"checks", list, "", "", "What a CI job fails on (exit code 3).", "[cost.p90 <= 210 M USD, unmet.chat == 0]"},
      {"checks[]", text, "", "", "FIGURE[.p10|.p50|.p90] OP VALUE.", "unmet.chat == 0"},
      {"checks[]", object, "", "", "A check with a level.", "{check: cost <= 210 M USD, level: warn}"},
      {"checks[].check", text, "", "", "FIGURE[.p10|.p50|.p90] OP VALUE.", "cost <= 210 M USD", -inf, inf, true},
      {"checks[].level", choice, "warn|fail", "fail", "Whether it fails the run or only warns.", "warn"},
  };
  return table;
}

namespace {

using PathIndex = std::unordered_map<std::string, std::vector<int>>;

const PathIndex& path_index() {
  static const PathIndex index = [] {
    PathIndex out;
    const auto& table = field_table();
    for (int i = 0; i < static_cast<int>(table.size()); ++i) out[std::string(table[static_cast<std::size_t>(i)].path)].push_back(i);
    return out;
  }();
  return index;
}

}  // namespace

std::vector<int> find_fields(const std::string& pattern) {
  const auto found = path_index().find(pattern);
  return found == path_index().end() ? std::vector<int>() : found->second;
}

std::vector<std::string> known_keys(const std::string& pattern) {
  std::vector<std::string> keys;
  const std::string prefix = pattern.empty() ? "" : pattern + ".";
  for (const Field& field : field_table()) {
    if (field.path.substr(0, prefix.size()) != prefix || field.path.size() == prefix.size()) continue;
    const std::string_view rest = field.path.substr(prefix.size());
    if (rest.find_first_of(".[*") != std::string_view::npos) continue;
    if (keys.empty() || keys.back() != rest) keys.emplace_back(rest);
  }
  return keys;
}

}  // namespace tonnage::scenario
