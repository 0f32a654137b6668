#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/scenario/swings.hpp"
#include "tonnage/core/csv.hpp"

namespace tonnage::scenario {

namespace {

int whole(const View& view, double fallback) { return static_cast<int>(std::min(view.number(fallback), 2e9)); }

/// Points of a user's load test: node,accelerators,requests_per_s,latency_p50_ms,latency_p99_ms.
std::vector<MeasuredPoint> read_points(const ParsedTable& file, const Scenario& scenario, Diagnostics& diagnostics) {
  const CsvTable& table = file.table;
  const char* const names[] = {"node", "accelerators", "requests_per_s", "latency_p50_ms", "latency_p99_ms"};
  int columns[5];
  for (int i = 0; i < 5; ++i) {
    columns[i] = table.column(names[i]);
    if (columns[i] >= 0) continue;
    if (!table.header.fields.empty())
      diagnostics.error("csv-column", fmt::format("column '{}' is missing", names[i]), {file.source, 1, 1, 0}, "", "expected: node,accelerators,requests_per_s,latency_p50_ms,latency_p99_ms");
    return {};
  }
  std::vector<MeasuredPoint> points;
  std::set<std::string> unused;
  for (const CsvRow& row : table.rows) {
    const auto field = [&](int i) -> const CsvField& { return row.fields[static_cast<std::size_t>(columns[i])]; };
    double accelerators = 0, rate = 0, p50 = 0, p99 = 0;
    bool good = read_number(field(1), accelerators, diagnostics);
    good = read_number(field(2), rate, diagnostics) && good;
    good = read_number(field(3), p50, diagnostics) && good;
    good = read_number(field(4), p99, diagnostics) && good;
    if (!good) continue;
    const bool known = std::any_of(scenario.nodes.begin(), scenario.nodes.end(), [&](const NodeSpec& n) { return n.type.name == field(0).text; });
    if (!known) {
      diagnostics.warning("unknown-name", fmt::format("no pool uses the node '{}': this point is not used", field(0).text), field(0).mark);
      continue;
    }
    const bool count = accelerators >= 1 && accelerators == std::floor(accelerators) && accelerators <= 1e6;
    if (const int wrong = !count ? 1 : rate < 0 ? 2 : p50 < 0 ? 3 : p99 < p50 ? 4 : 0; wrong > 0) {
      diagnostics.error("csv-range", "expected accelerators >= 1 (whole), requests_per_s >= 0 and 0 <= latency_p50_ms <= latency_p99_ms", field(wrong).mark);
      continue;
    }
    points.push_back({field(0).text, static_cast<int>(accelerators), rate, p50 / 1000, p99 / 1000});
  }
  return points;
}

/// An architecture given in the scenario itself.
ModelArchitecture inline_model(const View& view, const std::string& name, Diagnostics& diagnostics) {
  ModelArchitecture m;
  m.name = name;
  m.family = "custom";
  m.source = {"this scenario", ""};
  m.kind = parse_model_kind(view.at("kind").text("decoder")).value_or(ModelKind::decoder);
  m.layers = whole(view.at("layers"), 0);
  m.hidden = whole(view.at("hidden"), 0);
  m.heads = whole(view.at("heads"), 0);
  m.kv_heads = whole(view.at("kv_heads"), m.heads);
  m.head_dim = whole(view.at("head_dim"), m.heads > 0 ? m.hidden / m.heads : 0);
  m.ffn_dim = whole(view.at("ffn"), 0);
  m.vocabulary = whole(view.at("vocabulary"), 0);
  m.experts = whole(view.at("experts"), 0);
  m.experts_per_token = whole(view.at("experts_per_token"), 0);
  m.expert_ffn_dim = whole(view.at("expert_ffn"), m.ffn_dim);
  m.parameters = view.at("parameters").number(0);
  m.active_parameters = view.at("active_parameters").number(m.parameters);
  m.flops_per_request = view.at("flops").number(0);
  m.bytes_per_request = view.at("bytes").number(0);
  m.passes_per_request = view.at("passes").number(1);
  const auto need = [&](const char* key) {
    if (!view.has(key)) diagnostics.error("missing-key", fmt::format("a model of kind '{}' needs the key '{}'", to_string(m.kind), key), view.mark());
  };
  if (m.kind == ModelKind::measured) return m;
  need("parameters");
  if (m.kind == ModelKind::decoder || m.kind == ModelKind::encoder)
    for (const char* key : {"layers", "hidden", "heads", "ffn"}) need(key);
  else
    need("flops");
  return m;
}

void build_model(const View& view, BuildContext& context, const Scenario& scenario, Workload& out) {
  const View model = view.at("model");
  if (model.is_scalar()) {
    const ModelArchitecture* shipped = context.catalog.find_model(model.text());
    out.has_model = shipped != nullptr;
    if (shipped != nullptr) out.model = *shipped;
  } else if (model.is_mapping()) {
    out.has_model = true;
    out.model = inline_model(model, out.name, context.diagnostics);
    const View table = model.at("table");
    if (out.model.kind == ModelKind::measured && !table)
      context.diagnostics.error("missing-key", "a measured model needs the key 'table'", model.mark(), "", "for example  table: vision-points.csv");
    if (table)
      if (const auto file = open_named(table, context)) out.measured = read_points(context.files.table(*file), scenario, context.diagnostics);
  }
  out.precision = parse_precision(view.at("precision").text());
  out.kv_precision = parse_precision(view.at("kv_precision").text()).value_or(Precision::bf16);
}

void build_shape(const View& view, BuildContext& context, Workload& out) {
  const View shape = view.at("shape");
  out.shape.input_mean_tokens = shape.at("input").at("mean").number(0);
  out.shape.input_p95_tokens = shape.at("input").at("p95").number(0);
  out.shape.output_mean_tokens = shape.at("output").at("mean").number(0);
  out.shape.output_p95_tokens = shape.at("output").at("p95").number(0);
  out.shape.prefix_hit = shape.at("prefix_hit").number(view.at("prefix_hit").number(0));
  for (const char* side : {"input", "output"}) {
    const View lengths = shape.at(side);
    if (lengths.has("p95") && lengths.at("p95").number(0) < lengths.at("mean").number(0))
      context.diagnostics.error("disorder", fmt::format("the 95th percentile of {} tokens is below their mean", side), lengths.at("p95").mark());
  }
  check_shape(view, context, out);
}

}  // namespace

void check_shape(const View& view, BuildContext& context, const Workload& out) {
  const View shape = view.at("shape");
  const bool tokens = out.has_model && (out.model.kind == ModelKind::decoder || out.model.kind == ModelKind::encoder);
  if (tokens && out.capacity.empty() && out.shape.input_mean_tokens <= 0)
    context.diagnostics.error("missing-key", fmt::format("workload '{}' needs the key 'shape'", out.name), view.mark(), "", "for example  shape: {input: {mean: 1100}, output: {mean: 240}}");
  if (tokens && out.model.kind == ModelKind::decoder && out.capacity.empty() && out.shape.input_mean_tokens > 0 && out.shape.output_mean_tokens <= 0)
    context.diagnostics.error("missing-key", fmt::format("workload '{}' needs 'shape.output': its model generates tokens", out.name), shape.mark(), "", "for example  output: {mean: 240}");
}

namespace {

/// Bunched arrivals and speculative decoding act on capacities that are computed.
void build_arrivals(const View& view, BuildContext& context, Workload& out) {
  const View burst = view.at("burst"), speculative = view.at("speculative");
  out.arrivals_given = static_cast<bool>(burst);
  out.arrivals.cv = burst.number(1);
  out.speculation.tokens = whole(speculative.at("tokens"), 0);
  out.speculation.acceptance = speculative.at("acceptance").number(0);
  out.speculation.draft_cost = speculative.at("draft").number(out.speculation.draft_cost);
  const View batch = view.at("batch_limit");
  out.batch_limit = whole(batch, 0);
  const bool computed = out.capacity.empty() && out.measured.empty();
  const auto idle = [&](const View& key, const char* name, const char* why) {
    if (key) context.diagnostics.warning("no-effect", fmt::format("'{}' changes nothing: {}", name, why), key.mark());
  };
  if (!computed) {
    idle(burst, "burst", "the capacity of this workload is given, not computed");
    idle(speculative, "speculative", "the capacity of this workload is given, not computed");
    idle(batch, "batch_limit", "the capacity of this workload is given, not computed");
  } else if (out.model.kind != ModelKind::decoder) {
    idle(speculative, "speculative", "its model does not answer token by token");
  } else {
    idle(batch, "batch_limit", "its model answers token by token, with as many sequences as memory holds");
  }
}

/// Where no 'burst' is stated and a history has minutes, they say how the load swings within an hour.
void set_swing(Workload& out) {
  if (out.arrivals_given) return;
  double weighted = 0, load = 0;
  for (const HistorySeries& series : out.demand.history) {
    const auto swing = swing_of(series);
    if (!swing) continue;
    double sum = 0;
    for (const double v : series.values) sum += std::isfinite(v) ? v : 0;
    weighted += sum * swing->rate_cv, load += sum;
  }
  if (load > 0) out.arrivals.rate_cv = weighted / load;
}

std::vector<SloLimit> limits(const View& view) {
  std::vector<SloLimit> out;
  constexpr std::pair<const char*, double> keys[] = {{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"mean", 0}};
  for (const auto& [key, percentile] : keys)
    if (const View limit = view.at(key)) out.push_back({percentile, limit.number(0)});
  return out;
}

void build_slo(const View& view, BuildContext& context, Workload& out) {
  const View slo = view.at("slo");
  out.slo.ttft = limits(slo.at("ttft"));
  out.slo.tpot = limits(slo.at("tpot"));
  out.slo.e2e = limits(slo.at("e2e"));
  for (const SloLimit& limit : limits(slo.at("latency"))) out.slo.e2e.push_back(limit);
  const ModelKind kind = out.model.kind;
  if (!out.has_model || kind == ModelKind::decoder || kind == ModelKind::measured || !out.capacity.empty()) return;
  for (const char* metric : {"ttft", "tpot"})
    if (const View given = slo.at(metric)) context.diagnostics.error("no-tokens", fmt::format("a model of kind '{}' has no output tokens, so no {} to limit", to_string(out.model.kind), metric), given.mark(), "", "for example  latency: {p99: 120 ms}");
}

void build_capacity(const View& view, BuildContext& context, const Scenario& scenario, Workload& out) {
  view.at("capacity").each([&](const std::string& node, const View& list) {
    const auto spec = std::find_if(scenario.nodes.begin(), scenario.nodes.end(), [&](const NodeSpec& n) { return n.type.name == node; });
    if (std::none_of(scenario.pools.begin(), scenario.pools.end(), [&](const Pool& p) { return p.node == node; }))
      context.diagnostics.warning("no-pool", fmt::format("no pool holds the node '{}': this capacity is not used", node), list.mark());
    list.items([&](const View& item) {
      GivenCapacity given{node, whole(item.at("accelerators"), 1), item.at("load").number(0), 0};
      if (spec == scenario.nodes.end()) return;
      if (given.accelerators > spec->type.accelerators)
        context.diagnostics.error("out-of-range", fmt::format("a replica of {} accelerators does not fit a node of {}", given.accelerators, spec->type.accelerators), item.at("accelerators").mark());
      given.power_w = item.at("power").number(spec->type.power_w * given.accelerators / spec->type.accelerators);
      out.capacity.push_back(given);
    });
  });
}

void build_job(const View& view, BuildContext& context, const Scenario& scenario, Workload& out) {
  const View job = view.at("job");
  if (!job) return;
  Job j;
  j.node = job.at("node").text();
  const bool held = std::any_of(scenario.pools.begin(), scenario.pools.end(), [&](const Pool& p) { return p.node == j.node; });
  if (!held && !context.diagnostics.has_errors()) context.diagnostics.error("no-pool", fmt::format("no pool holds the node '{}' that the job needs", j.node), job.at("node").mark());
  j.accelerators = whole(job.at("accelerators"), 1);
  const View hours = job.at("hours");
  j.hours = hours && !hours.node().unit.empty() ? hours.number(0) / hour_s : hours.number(0);
  j.every_hours = job.at("every").number(0) / hour_s;
  j.within_hours = job.at("within").number(0) / hour_s;
  j.preemptible = job.at("preemptible").flag();
  const double window = j.within_hours > 0 ? std::min(j.within_hours, j.every_hours) : j.every_hours;
  if (j.hours > window)
    context.diagnostics.warning("job-window", fmt::format("a run of {:g} h cannot end within {:g} h; the plan spreads its accelerator-hours over the whole period", j.hours, window), hours.mark(), "",
                                "give it more accelerators for fewer hours, or a longer window");
  out.job = j;
  out.unit = "accelerators";
  out.deferrable = j.preemptible;
  for (const char* key : {"demand", "model", "capacity", "versions"})
    if (view.has(key)) context.diagnostics.error("conflict", fmt::format("a job has no '{}'", key), view.at(key).mark());
}

void build_reach(const View& view, Workload& out) {
  view.at("serve").each([&](const std::string& origin, const View& list) {
    list.items([&](const View& item) { out.serve[origin].push_back(item.text()); });
  });
  out.reach_s = view.at("reach").number();
  view.at("residency").items([&](const View& item) { out.residency.push_back(item.text()); });
}

void build_overrides(const View& view, BuildContext& context, Workload& out) {
  view.at("overrides").items([&](const View& item) {
    DemandOverride one;
    const auto from = item.at("from").date();
    if (!from) return;
    one.from = *from;
    one.until = item.at("until").date();
    one.factor = item.at("factor").number(1);
    one.why = item.at("why").text();
    if (one.until && *one.until < one.from) context.diagnostics.error("disorder", "a correction ends before it begins", item.at("until").mark());
    out.overrides.push_back(std::move(one));
  });
}

/// True when the history covers the day of an event of this name (and origin).
bool in_history(const Workload& workload, const DemandEvent& event) {
  for (const DemandEvent& one : workload.events) {
    if (!one.from_history || one.name != event.name) continue;
    const long long at = one.date.time_since_epoch().count() * 86400LL;
    for (const HistorySeries& h : workload.demand.history)
      if ((one.origin.empty() || one.origin == h.origin) && at > h.start_s && at < h.start_s + h.step_s * static_cast<long long>(h.values.size())) return true;
  }
  return false;
}

void build_events(const View& view, BuildContext& context, Workload& out) {
  std::vector<Mark> marks;

  view.at("events").items([&](const View& item) {
    DemandEvent event;
    event.name = item.at("name").text("event");
    event.origin = item.at("origin").text();
    event.share = item.at("effect").number(0);
    event.from_history = !item.has("effect");
    event.ramp_months = item.at("ramp").number(0) / month_s;
    event.half_life_months = item.at("half_life").number(0) / month_s;
    event.probability = item.at("probability").number(1);
    if (const auto date = item.at("date").date()) {
      event.date = *date;
      out.events.push_back(std::move(event));
      marks.push_back(item.mark());
    }
  });
  for (std::size_t i = 0; i < out.events.size(); ++i)
    if (out.events[i].from_history && !context.diagnostics.has_errors() && !in_history(out, out.events[i]))
      context.diagnostics.error("missing-key", fmt::format("event '{}' needs an 'effect': the history of workload '{}' holds no event of that name to estimate it from", out.events[i].name, out.name), marks[i]);
}

/// What unmet load costs: the workload's own price, else that of its priority; without one, all load is served. A job is
/// not made of requests: a price per request says nothing about it, so it is always done.
void build_unmet(const View& view, const View& policies, Workload& out) {
  if (out.job) return;
  const View own = view.at("unmet");
  const View shared = policies.at("unmet").at(std::to_string(out.priority));
  const View& rule = own ? own : shared;
  out.unmet_usd_per_unit = rule ? rule.number() : std::nullopt;
}

}  // namespace

void build_workloads(const View& root, BuildContext& context, Scenario& out) {
  const View policies = root.at("policies");
  if (const View unmet = policies.at("unmet")) unmet.each([](const std::string&, const View&) {});
  root.at("workloads").each([&](const std::string& name, const View& view) {
    Workload w;
    w.name = name;
    w.path = view.path();
    w.team = view.at("team").text();
    w.priority = whole(view.at("priority"), 1);
    build_job(view, context, out, w);
    if (!w.job) {
      build_capacity(view, context, out, w);
      build_model(view, context, out, w);
      build_shape(view, context, w);
      build_arrivals(view, context, w);
      build_slo(view, context, w);
      if (!w.has_model && w.capacity.empty() && !view.has("model"))
        context.diagnostics.error("missing-key", fmt::format("workload '{}' needs a 'model', a 'capacity' or a 'job'", name), view.mark());
      w.deadline_hours = view.at("deadline").number(0) / hour_s;
      w.deferrable = w.deadline_hours >= 24;
      if (w.deadline_hours > 0 && !w.deferrable)
        context.diagnostics.warning("deadline", fmt::format("a deadline of {:g} h is shorter than a day: the work is planned as it arises", w.deadline_hours), view.at("deadline").mark());
      const std::string gaps = view.at("gaps").text("error");
      w.accept_gaps = gaps != "error";
      w.refuse_gaps = !w.accept_gaps;
      w.replace_outliers = view.at("outliers").text("keep") == "replace";
      w.refuse_outliers = view.at("outliers").text("keep") == "error";
      build_demand(view, context, out, w);
      set_swing(w);
    }
    build_reach(view, w);
    build_events(view, context, w);
    build_overrides(view, context, w);
    build_unmet(view, policies, w);
    w.move_cost_usd = view.at("move_cost").number(0);
    w.protected_share = view.at("protected").number(w.deferrable ? 0 : 1);
    std::vector<Workload> versions;
    if (!w.job) versions = build_versions(view, context, out.periods, w);
    out.workloads.push_back(std::move(w));
    for (Workload& version : versions) {
      if (root.at("workloads").has(version.name)) context.diagnostics.error("conflict", fmt::format("'{}' is a workload already, and the name of a version of '{}'", version.name, name), view.at("versions").mark());
      out.workloads.push_back(std::move(version));
    }
  });
  check_generations(root, out, context.diagnostics);
}

}  // namespace tonnage::scenario
