// curve: of a scenario, of a model on a node, or of many cases at once.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "context.hpp"
#include "curve_query.hpp"
#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/pipeline/simulate.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/report/simulation_pages.hpp"
#include "tonnage/scenario/node.hpp"

namespace tonnage::cli {

namespace {

using report::Column;
using report::Table;

std::string hint(const std::string& word, const std::vector<std::string>& known) {
  const std::string close = suggest(word, known);
  return close.empty() ? "" : "; did you mean '" + close + "'?";
}

}  // namespace

Slo parse_slo(const std::string& text) {
  Slo slo;
  for (const std::string_view part : split(text, ',')) {
    if (trim(part).empty()) continue;
    const std::string one(trim(part));
    const auto dot = one.find('.');
    const auto equals = one.find('=');
    const std::string metric = one.substr(0, dot);
    const std::string percentile = dot == std::string::npos || equals == std::string::npos || equals < dot ? "" : one.substr(dot + 1, equals - dot - 1);
    const std::pair<const char*, double> known[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"mean", 0}};
    const auto found = std::find_if(std::begin(known), std::end(known), [&](const auto& k) { return percentile == k.first; });
    std::vector<SloLimit>* limits = metric == "ttft" ? &slo.ttft : metric == "tpot" ? &slo.tpot : metric == "e2e" || metric == "latency" ? &slo.e2e : nullptr;
    if (limits == nullptr || found == std::end(known)) throw UsageError{"'" + one + "' is not a limit, expected METRIC.PERCENTILE=TIME with ttft, tpot or e2e and p50, p90, p95, p99 or mean, e.g. ttft.p95=600ms"};
    std::string problem;
    const auto limit = parse_quantity(one.substr(equals + 1), Currencies{}, problem);
    if (!limit || limit->dimension.power[Dimension::time] != 1 || limit->value <= 0) throw UsageError{"'" + one.substr(equals + 1) + "' is not a time, e.g. 600ms"};
    limits->push_back({found->second, limit->value});
  }
  return slo;
}

double parse_share(const std::string& text) {
  std::string problem;
  const auto share = text.empty() ? std::optional(Quantity{}) : parse_quantity(text, Currencies{}, problem);
  if (!share || !(share->dimension == Dimension{}) || share->value < 0 || share->value >= 1) throw UsageError{"'" + text + "' is not a share from 0 % to below 100 %"};
  return share->value;
}

const ModelArchitecture& model_of(const std::string& name) {
  const Catalog& catalog = shipped_catalog();
  const ModelArchitecture* model = catalog.find_model(name);
  if (model == nullptr) throw UsageError{"there is no model '" + name + "' in the catalogue" + hint(name, catalog.model_names())};
  return *model;
}

capacity::CurveQuery query_of(const Options& o) {
  const Catalog& catalog = shipped_catalog();
  capacity::CurveQuery query;
  query.model = model_of(o.model);
  const NodeType* node = catalog.find_node(o.node);
  if (o.node.empty() || node == nullptr) throw UsageError{(o.node.empty() ? "--model needs --node" : "there is no node '" + o.node + "' in the catalogue") + hint(o.node, catalog.node_names())};
  query.node = *node;
  query.accelerator = *catalog.find_accelerator(node->accelerator);
  if (!o.precision.empty()) {
    query.precision = parse_precision(o.precision);
    if (!query.precision) throw UsageError{"unknown precision '" + o.precision + "', expected fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4"};
  }
  query.shape.input_mean_tokens = o.input_tokens;
  query.shape.output_mean_tokens = o.output_tokens;
  query.shape.prefix_hit = parse_share(o.prefix_hit);
  query.slo = parse_slo(o.slo);
  const bool tokens = query.model.kind == ModelKind::decoder;
  if (tokens && (o.input_tokens < 1 || o.output_tokens < 1)) throw UsageError{"this model needs --input and --output: the mean tokens of a request"};
  return query;
}

namespace {

/// The loads of the curve, simulated.
Table simulated_points(const Options& o, const capacity::CurveQuery& query, const std::vector<Deployment>& deployments) {
  std::vector<report::SimulatedCurveRow> rows;
  for (const Deployment& d : deployments) {
    const capacity::SimulatedReplica replica = capacity::simulated_replica(query, d.tensor_parallel, query.shape.input_mean_tokens + query.shape.output_mean_tokens);
    if (!replica.problem.empty()) continue;
    for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) {
      const capacity::SimulatedPointQuery point{query.shape, share * d.load_per_s, simulated_requests(o), o.seed().value_or(1)};
      const auto analytic = capacity::capacity_curve(query, d.tensor_parallel, std::vector<double>{point.load_per_s});
      if (!analytic.empty()) rows.push_back({d.accelerators, analytic.front(), capacity::simulate_point(replica, point)});
    }
  }
  return report::simulated_curve_table(rows);
}

int model_curve(const Context& context) {
  const capacity::CurveQuery query = query_of(context.options);
  const capacity::CurveResult result = capacity::deployments(query);
  Capacities capacities;
  capacities.deployments = result.deployments;
  for (Deployment& d : capacities.deployments) d.workload = query.model.name;
  if (capacities.deployments.empty()) capacities.none.push_back({query.model.name, query.node.name, result.reason});
  report::Page page = report::deployments_page(query.model.name + " on " + query.node.name, capacities);
  Table points{"curve", "Latency by load", {{"accelerators", "acc.", Column::Kind::number, 0}, {"load_per_s", "load/s", Column::Kind::number, 3}, {"utilisation", "use", Column::Kind::number, 2}, {"batch", "batch", Column::Kind::number, 1},
                                              {"ttft_p50_ms", "TTFT P50", Column::Kind::number, 0}, {"ttft_p95_ms", "P95", Column::Kind::number, 0}, {"ttft_p99_ms", "P99 ms", Column::Kind::number, 0},
                                              {"tpot_p50_ms", "TPOT P50", Column::Kind::number, 1}, {"tpot_p95_ms", "P95", Column::Kind::number, 1}, {"tpot_p99_ms", "P99 ms", Column::Kind::number, 1}, {"e2e_p99_ms", "E2E P99 ms", Column::Kind::number, 0}, {"power_w", "W", Column::Kind::number, 0}}, {}, false, ""};
  for (const Deployment& d : capacities.deployments) {
    std::vector<double> loads;
    for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) loads.push_back(share * d.load_per_s);
    for (const capacity::CurvePoint& p : capacity::capacity_curve(query, d.tensor_parallel, loads))
      points.rows.push_back({static_cast<double>(d.accelerators), p.load_per_s, p.utilisation, p.batch, 1000 * p.ttft_p50_s, 1000 * p.ttft_p95_s, 1000 * p.ttft_p99_s, 1000 * p.tpot_p50_s, 1000 * p.tpot_p95_s, 1000 * p.tpot_p99_s, 1000 * p.e2e_p99_s, p.power_w});
  }
  if (!points.rows.empty()) page.tables.push_back(points);
  std::vector<Table> tables{report::deployments_table(capacities), points};
  if (context.options.simulate) tables.push_back(page.tables.emplace_back(simulated_points(context.options, query, capacities.deployments)));
  context.emit(page, tables.front(), report::table_json("curve", tables));
  return capacities.deployments.empty() ? infeasible : done;
}

// ---- many cases ----

/// "meta-llama/Llama-2-7b-hf" -> "llama-2-7b": how model hubs write what the catalogue has. The longest name of the
/// catalogue that the hub's name begins with.
std::string plain_model_name(std::string name) {
  if (const auto slash = name.rfind('/'); slash != std::string::npos) name.erase(0, slash + 1);
  name = lower(name);
  if (name.rfind("meta-", 0) == 0) name.erase(0, 5);
  std::string found;
  for (const std::string& known : shipped_catalog().model_names())
    if (known.size() > found.size() && name.rfind(known, 0) == 0 && (name.size() == known.size() || name[known.size()] == '-')) found = known;
  return found.empty() ? name : found;
}

/// The parts of an accelerator's name in one order: "a100-sxm-80" and "a100-80gb-sxm" are one.
std::vector<std::string> name_parts(const std::string& name) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(name, '-')) {
    std::string one = lower(part);
    if (one.size() > 2 && one.substr(one.size() - 2) == "gb") one.resize(one.size() - 2);
    parts.push_back(std::move(one));
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

const Accelerator* accelerator_of(const std::string& name) {
  const Catalog& catalog = shipped_catalog();
  if (trim(name).empty()) return nullptr;
  if (const Accelerator* exact = catalog.find_accelerator(lower(name))) return exact;
  for (const Accelerator& a : catalog.accelerators)
    if (name_parts(a.name) == name_parts(name)) return &a;
  for (const Accelerator& a : catalog.accelerators)
    if (a.name.rfind(lower(name) + "-", 0) == 0) return &a;
  return nullptr;
}

class CaseReader {
 public:
  CaseReader(const CsvTable& table, int file, Diagnostics& diagnostics) : table_(table), diagnostics_(diagnostics) {
    case_ = need({"case"}, file);
    model_ = need({"model"}, file);
    accelerator_ = need({"accelerator", "hardware"}, file);
    parallel_ = need({"tensor_parallel", "tp"}, file);
    output_ = need({"output_tokens"}, file);
    rate_ = need({"rate_per_s", "rate_rps"}, file);
    input_ = find({"input_tokens", "question_tokens"});
    cached_ = find({"cached_tokens", "shared_prefix_tokens"});
    precision_ = find({"precision"});
    sequences_ = find({"max_sequences", "max_num_seqs"});
    batched_ = find({"max_batched_tokens", "max_num_batched_tokens"});
    separate_ = table.column("question_tokens") >= 0;
    if (input_ < 0 && !table.header.fields.empty()) diagnostics.error("csv-column", "column 'input_tokens' is missing", {file, 1, 1, 0});
  }

  std::string name(const CsvRow& row) const { return text(row, case_); }

  std::optional<capacity::CaseQuery> query(const CsvRow& row) const {
    capacity::CaseQuery q;
    const std::string model = plain_model_name(text(row, model_));
    const ModelArchitecture* found = shipped_catalog().find_model(model);
    const Accelerator* accelerator = accelerator_of(text(row, accelerator_));
    if (found == nullptr) diagnostics_.error("unknown-name", "there is no model '" + text(row, model_) + "' in the catalogue" + hint(model, shipped_catalog().model_names()), field(row, model_).mark);
    if (accelerator == nullptr) diagnostics_.error("unknown-name", "there is no accelerator '" + text(row, accelerator_) + "' in the catalogue", field(row, accelerator_).mark);
    double parallel = 1, output = 0, rate = 0, input = 0, cached = 0, sequences = 256, batched = 2048;
    bool good = number(row, parallel_, parallel) && number(row, output_, output) && number(row, rate_, rate) && number(row, input_, input);
    good = number(row, cached_, cached) && number(row, sequences_, sequences) && number(row, batched_, batched) && good;
    if (good && (parallel < 1 || parallel > 1024 || parallel != std::floor(parallel))) {
      diagnostics_.error("csv-range", "tensor_parallel is a whole number from 1 to 1024", field(row, parallel_).mark);
      good = false;
    }
    const std::string precision = lower(text(row, precision_));
    q.precision = parse_precision(precision == "fp16" || precision == "half" ? "bf16" : precision);
    if (!precision.empty() && precision != "auto" && !q.precision) {
      diagnostics_.error("csv-range", "unknown precision '" + precision + "', expected fp32, bf16, fp8, int8, int4, mxfp4 or nvfp4", field(row, precision_).mark);
      good = false;
    }
    if (!good || found == nullptr || accelerator == nullptr) return std::nullopt;
    q.model = *found;
    q.accelerator = *accelerator;
    q.tensor_parallel = static_cast<int>(parallel);
    q.input_tokens = separate_ ? input + cached : input;
    q.cached_tokens = cached;
    q.output_tokens = output;
    q.rate_per_s = rate;
    q.max_sequences = static_cast<int>(std::clamp(sequences, 1.0, 1e6));
    q.max_batched_tokens = static_cast<int>(std::clamp(batched, 1.0, 1e8));
    return q;
  }

 private:
  int find(std::initializer_list<const char*> names) const {
    for (const char* one : names)
      if (const int at = table_.column(one); at >= 0) return at;
    return -1;
  }
  int need(std::initializer_list<const char*> names, int file) {
    const int at = find(names);
    if (at < 0 && !table_.header.fields.empty()) diagnostics_.error("csv-column", fmt::format("column '{}' is missing", *names.begin()), {file, 1, 1, 0});
    return at;
  }
  const CsvField& field(const CsvRow& row, int at) const { return row.fields[static_cast<std::size_t>(at)]; }
  std::string text(const CsvRow& row, int at) const { return at < 0 ? "" : field(row, at).text; }
  bool number(const CsvRow& row, int at, double& out) const {
    if (at < 0 || text(row, at).empty()) return true;
    return read_number(field(row, at), out, diagnostics_);
  }

  const CsvTable& table_;
  Diagnostics& diagnostics_;
  int case_, model_, accelerator_, parallel_, output_, rate_, input_, cached_, precision_, sequences_, batched_;
  bool separate_ = false;
};

int cases_curve(const Context& context) {
  const Options& o = context.options;
  Diagnostics diagnostics;
  const std::string text = read_input(context, o.cases);
  const int file = diagnostics.sources.add(o.cases, text);
  const CsvTable cases = read_csv(text, file, diagnostics);
  const CaseReader reader(cases, file, diagnostics);
  Table table{"cases", "", {{"case", "case"}, {"predicted_tpot_mean_ms", "TPOT ms", Column::Kind::number, 2}, {"predicted_e2e_mean_ms", "E2E ms", Column::Kind::number, 1}, {"predicted_ttft_mean_ms", "TTFT ms", Column::Kind::number, 1},
                             {"predicted_ttft_p99_ms", "TTFT P99 ms", Column::Kind::number, 1}, {"predicted_saturated", "saturated"}, {"reason", "reason"}}, {}, false, ""};
  const bool sound = !diagnostics.has_errors();
  for (const CsvRow& row : cases.rows) {
    if (!sound) break;  // columns are missing
    const auto query = reader.query(row);
    if (!query) continue;
    const capacity::CasePrediction p = capacity::predict_case(*query);
    const auto ms = [&](double s) { return p.valid ? report::Cell(1000 * s) : report::Cell(); };
    table.rows.push_back({reader.name(row), ms(p.tpot_mean_s), ms(p.e2e_mean_s), ms(p.ttft_mean_s), ms(p.ttft_p99_s), std::string(p.saturated ? "true" : "false"), p.reason});
  }
  context.say_diagnostics(diagnostics, true);
  if (diagnostics.has_errors()) return bad_input;
  report::Page page;
  page.tables.push_back(table);
  context.emit(page, table, report::table_json("cases", {table}));
  return done;
}

}  // namespace

int curve_command(const Context& context) {
  const Options& o = context.options;
  const int ways = !o.input.empty() + !o.model.empty() + !o.cases.empty();
  if (ways != 1) throw UsageError{"curve needs exactly one of SCENARIO, --model NAME and --cases FILE"};
  const bool of_model = !o.node.empty() || !o.precision.empty() || !o.slo.empty() || !o.prefix_hit.empty() || o.input_tokens > 0 || o.output_tokens > 0;
  if (of_model && o.model.empty()) throw UsageError{"--node, --precision, --input, --output, --prefix-hit and --slo go with --model; a scenario says these things itself"};
  if (o.simulate && !o.cases.empty()) throw UsageError{"--simulate goes with SCENARIO and --model"};
  (void)context.format();
  if (!o.cases.empty()) return cases_curve(context);
  if (!o.model.empty()) return model_curve(context);
  int warnings = 0;
  auto loaded = load(context, warnings, false);
  if (!loaded) return bad_input;
  const pipeline::RunOptions options = run_options(context);
  const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::capacity, options);
  if (o.simulate) {
    const pipeline::SimulationReport checks = pipeline::simulate(run, pipeline::Deployments::all, simulated_requests(o), options.threads);
    const Table table = report::deployment_checks_table(checks);
    context.emit(report::deployment_checks_page(run.loaded.scenario.name, checks), table, report::table_json("curve", {table}));
    return done;
  }
  context.emit(report::curve_page(run), report::deployments_table(run.capacities), context.format() == "json" ? report::to_json(run, "capacities") : "");
  return done;
}

}  // namespace tonnage::cli
