#include "tonnage/report/simulation_pages.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"

namespace tonnage::report {

using Kind = Column::Kind;
using capacity::Percentiles;

namespace {

Column number(const char* name, const char* title, int digits) { return {name, title, Kind::number, digits}; }

Cell ms(double seconds) { return seconds > 0 ? Cell(1000 * seconds) : Cell(); }

Cell unless_zero(double value) { return value > 0 ? Cell(value) : Cell(); }

Cell trip_ms(const Deployment& d) { return std::isfinite(d.round_trip_s) ? Cell(1000 * d.round_trip_s) : Cell(); }

double per_joule(const capacity::FleetOutcome& o) { return o.power_w > 0 ? o.result.all.summary.output_tokens_per_s / o.power_w : 0; }

double usd_per_m_tokens(const capacity::FleetOutcome& o) {
  const double per_hour = 3600 * o.result.all.summary.output_tokens_per_s;
  return per_hour > 0 ? 1e6 * o.usd_per_hour / per_hour : 0;
}

int replicas_of(const capacity::FleetOutcome& o) {
  int sum = 0;
  for (const capacity::PoolOutcome& pool : o.pools) sum += pool.replicas;
  return sum;
}

std::string counted(int count, const char* noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

long long finished_of(const capacity::FleetOutcome& o) {
  return std::count_if(o.result.all.requests.begin(), o.result.all.requests.end(), [](const capacity::RequestOutcome& r) { return r.finished; });
}

std::string difference(double simulated, double analytic) {
  return analytic > 0 && simulated > 0 ? fmt::format("{:+.0f} %", 100 * (analytic / simulated - 1)) : "-";
}

Cell difference_percent(double simulated, double analytic) { return analytic > 0 && simulated > 0 ? Cell(100 * (analytic / simulated - 1)) : Cell(); }

Table latency_table(const SimulationRow& row) {
  Table table{"latency", "Latency, ms", {{"metric", ""}, number("mean_ms", "mean", 1), number("p50_ms", "P50", 1), number("p90_ms", "P90", 1), number("p95_ms", "P95", 1), number("p99_ms", "P99", 1)}, {}, false, ""};
  const auto add = [&](const char* name, const Percentiles& p) { table.rows.push_back({name, ms(p.mean), ms(p.p50), ms(p.p90), ms(p.p95), ms(p.p99)}); };
  const capacity::SimulationSummary& s = row.outcome.result.all.summary;
  add("TTFT", s.ttft_s);
  if (s.tpot_s.mean > 0) add("TPOT", s.tpot_s);
  add("end-to-end", s.e2e_s);
  return table;
}

Table against_analytic(const SimulationRow& row) {
  Table table{"analytic", "The analytic curve at this load", {{"metric", ""}, number("simulated_ms", "simulated ms", 1), number("analytic_ms", "analytic ms", 1), {"difference", "difference"}}, {}, false, ""};
  const capacity::CurvePoint& a = *row.analytic;
  const capacity::SimulationSummary& s = row.outcome.result.all.summary;
  const auto add = [&](const char* name, double simulated, double analytic) { table.rows.push_back({name, ms(simulated), ms(analytic), difference(simulated, analytic)}); };
  add("TTFT mean", s.ttft_s.mean, a.ttft_mean_s);
  add("TTFT P99", s.ttft_s.p99, a.ttft_p99_s);
  if (s.tpot_s.mean > 0) add("TPOT mean", s.tpot_s.mean, a.tpot_mean_s);
  if (s.tpot_s.mean > 0) add("TPOT P99", s.tpot_s.p99, a.tpot_p99_s);
  add("end-to-end mean", s.e2e_s.mean, a.e2e_mean_s);
  add("end-to-end P99", s.e2e_s.p99, a.e2e_p99_s);
  if (a.saturated != s.saturated) table.note = a.saturated ? "the analytic curve calls this load saturated, the simulation does not" : "the simulation calls this load saturated, the analytic curve does not";
  return table;
}

void add_facts(const SimulationTitle& title, const SimulationRow& row, Page& page) {
  const capacity::SimulationSummary& s = row.outcome.result.all.summary;
  const std::string load = title.closed ? fmt::format("{:.0f} in flight", row.load) : row.load > 0 ? significant(row.load, 4) + " requests/s" : title.arrival;
  page.facts.push_back({"Load", load, title.closed || row.load <= 0 ? "" : title.arrival, fmt::format("{} requests measured over {} s, seed {}", s.requests, significant(s.duration_s, 4), title.seed)});
  page.facts.push_back({"Fleet", replicas_of(row.outcome) > 0 ? counted(row.outcome.accelerators, "accelerator") : "none", replicas_of(row.outcome) > 0 ? counted(replicas_of(row.outcome), "replica") : "", row.router});
  // What an overloaded fleet carries shows in the whole run, until the last request has left.
  const double rate = s.saturated && s.end_s > 0 ? static_cast<double>(finished_of(row.outcome)) / s.end_s : s.request_rate_per_s;
  const double tokens = s.saturated && s.end_s > 0 ? static_cast<double>(s.output_tokens) / s.end_s : s.output_tokens_per_s;
  page.facts.push_back({"Carried", significant(rate, 4) + " requests/s", tokens > 0 ? significant(tokens, 4) + " tokens/s" : "", s.saturated ? "saturated: the queue grows" : ""});
  page.facts.push_back({"In use", fmt::format("{:.0f} %", 100 * row.outcome.occupancy), s.kv_use > 0 ? fmt::format("{:.0f} % of KV memory", 100 * s.kv_use) : "", fmt::format("{} running on average, {} steps, {} preemptions", significant(s.batch, 3), s.steps, s.preemptions)});
  if (row.outcome.power_w > 0) page.facts.push_back({"Power", significant(row.outcome.power_w / 1000, 3) + " kW", row.outcome.usd_per_hour > 0 ? significant(row.outcome.usd_per_hour, 4) + " USD/h" : "", per_joule(row.outcome) > 0 ? significant(per_joule(row.outcome), 3) + " output tokens per J" : ""});
  if (title.has_slo) page.facts.push_back({"SLO", row.outcome.holds ? "held" : "missed", "", row.outcome.reason});
}

Table lines_table(const SimulationTitle& title, const std::vector<SimulationRow>& rows) {
  const auto differ = [&](auto&& get) { return std::any_of(rows.begin(), rows.end(), [&](const SimulationRow& r) { return get(r) != get(rows.front()); }); };
  const bool fleets = differ([](const SimulationRow& r) { return r.fleet; }), routers = differ([](const SimulationRow& r) { return r.router; });
  const bool loads = differ([](const SimulationRow& r) { return r.load; }), priced = std::any_of(rows.begin(), rows.end(), [](const SimulationRow& r) { return r.outcome.usd_per_hour > 0; });
  Table table{"simulation", "", {}, {}, false, ""};
  const auto column = [&](bool wanted, Column c) {
    if (wanted) table.columns.push_back(std::move(c));
  };
  column(fleets, {"fleet", "fleet"});
  column(routers, {"router", "router"});
  column(loads, number("load", title.closed ? "in flight" : "load/s", title.closed ? 0 : 2));
  const bool decodes = std::any_of(rows.begin(), rows.end(), [](const SimulationRow& r) { return r.outcome.result.all.summary.tpot_s.mean > 0; });
  column(true, number("replicas", "rep.", 0));
  column(true, number("accelerators", "acc.", 0));
  column(true, number("ttft_p50_ms", decodes ? "TTFT P50" : "P50", 0));
  column(true, number("ttft_p99_ms", "P99 ms", 0));
  column(decodes, number("tpot_mean_ms", "TPOT mean", 1));
  column(decodes, number("tpot_p99_ms", "P99 ms", 1));
  column(decodes, number("output_tokens_per_s", "tokens/s", 0));
  column(true, number("use", "use", 2));
  column(true, number("power_kw", "kW", 1));
  column(decodes, number("tokens_per_j", "tok/J", 2));
  column(priced, number("usd_per_hour", "USD/h", 2));
  column(true, {"slo", title.has_slo ? "SLO" : "state"});
  for (const SimulationRow& row : rows) {
    const capacity::SimulationSummary& s = row.outcome.result.all.summary;
    std::vector<Cell> cells;
    if (fleets) cells.push_back(row.fleet);
    if (routers) cells.push_back(row.router);
    if (loads) cells.push_back(row.load);
    const auto add = [&](bool wanted, Cell cell) {
      if (wanted) cells.push_back(std::move(cell));
    };
    add(true, unless_zero(replicas_of(row.outcome)));
    add(true, unless_zero(row.outcome.accelerators));
    add(true, ms(s.ttft_s.p50));
    add(true, ms(s.ttft_s.p99));
    add(decodes, ms(s.tpot_s.mean));
    add(decodes, ms(s.tpot_s.p99));
    add(decodes, s.output_tokens_per_s);
    add(true, row.outcome.occupancy);
    add(true, unless_zero(row.outcome.power_w / 1000));
    add(decodes, unless_zero(per_joule(row.outcome)));
    if (priced) {
      const Cell cell = unless_zero(row.outcome.usd_per_hour);
      cells.push_back(cell);
    }
    const Cell state = s.requests == 0 ? "none" : s.saturated ? "saturated" : !title.has_slo ? "steady" : row.outcome.holds ? "held" : "missed";
    cells.push_back(state);
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

Table simulation_pools_table(const std::vector<SimulationRow>& rows) {
  Table table{"pools", "By pool", {{"fleet", "fleet"}, {"router", "router"}, number("load", "load", 2), {"pool", "pool"}, number("replicas", "rep.", 0), number("requests", "requests", 0), number("ttft_p99_ms", "TTFT P99 ms", 0), number("tpot_p99_ms", "TPOT P99 ms", 1),
                                   number("batch", "batch", 1), number("occupancy_share", "use", 2), number("power_w", "W", 0), number("usd_per_hour", "USD/h", 2)}, {}, false, ""};
  for (const SimulationRow& row : rows)
    for (const capacity::PoolOutcome& p : row.outcome.pools)
      table.rows.push_back({row.fleet, row.router, row.load, p.name, unless_zero(p.replicas), static_cast<double>(p.requests), ms(p.ttft_s.p99), ms(p.tpot_s.p99), p.batch, p.occupancy, unless_zero(p.power_w), unless_zero(p.usd_per_hour)});
  return table;
}

Page simulation_page(const SimulationTitle& title, const std::vector<SimulationRow>& rows) {
  Page page;
  page.title = title.subject + " · simulated";
  bool pools = false;
  for (const SimulationRow& row : rows) pools = pools || row.outcome.pools.size() > 1;
  if (rows.size() == 1 && rows[0].outcome.result.all.summary.requests > 0) {
    add_facts(title, rows[0], page);
    page.tables.push_back(latency_table(rows[0]));
    if (rows[0].analytic) page.tables.push_back(against_analytic(rows[0]));
  } else if (rows.size() > 1) {
    page.tables.push_back(lines_table(title, rows));
    page.tables.back().note = "use: running requests over slots, or KV memory in use, whichever is more";
  }
  if (pools) {
    Table by_pool = simulation_pools_table(rows);
    // The router and the load stand in the lines above; many loads would repeat every pool.
    for (auto& row : by_pool.rows) row.erase(row.begin() + 1, row.begin() + 3);
    by_pool.columns.erase(by_pool.columns.begin() + 1, by_pool.columns.begin() + 3);
    page.tables.push_back(std::move(by_pool));
  }
  page.notes = title.notes;
  for (const SimulationRow& row : rows) {
    if (row.outcome.reason.empty() || (rows.size() == 1 && row.outcome.result.all.summary.requests > 0)) continue;
    const std::string load = title.closed ? fmt::format(", {:.0f} in flight", row.load) : row.load > 0 ? fmt::format(", {}/s", significant(row.load, 4)) : "";
    page.notes.push_back(fmt::format("{}, {}{}: {}", row.fleet, row.router, load, row.outcome.reason));
  }
  return page;
}

Table simulation_table(const SimulationTitle& title, const std::vector<SimulationRow>& rows) {
  Table table{"simulation", "", {{"fleet", ""}, {"router", ""}, number(title.closed ? "concurrency" : "load_per_s", "", 3), number("replicas", "", 0), number("accelerators", "", 0), number("requests", "", 0)}, {}, false, ""};
  for (const char* metric : {"ttft", "tpot", "e2e"})
    for (const char* part : {"mean", "p50", "p90", "p95", "p99"}) table.columns.push_back({fmt::format("{}_{}_ms", metric, part), "", Kind::number, 2});
  for (const char* name : {"request_rate_per_s", "output_tokens_per_s", "batch", "occupancy_share", "kv_use_share", "utilisation_share", "preemptions", "refused", "turned_away", "prefix_hit_share", "steps", "power_w", "output_tokens_per_j", "usd_per_hour", "usd_per_m_output_tokens"})
    table.columns.push_back(number(name, "", 3));
  for (const char* name : {"saturated", "slo", "reason"}) table.columns.push_back({name, ""});
  for (const SimulationRow& row : rows) {
    const capacity::SimulationSummary& s = row.outcome.result.all.summary;
    std::vector<Cell> cells{row.fleet, row.router, unless_zero(row.load), unless_zero(replicas_of(row.outcome)), unless_zero(row.outcome.accelerators), static_cast<double>(s.requests)};
    for (const Percentiles* p : {&s.ttft_s, &s.tpot_s, &s.e2e_s})
      for (const double value : {p->mean, p->p50, p->p90, p->p95, p->p99}) {
        const Cell cell = ms(value);
        cells.push_back(cell);
      }
    for (const double value : {s.request_rate_per_s, s.output_tokens_per_s, s.batch, row.outcome.occupancy, s.kv_use, s.utilisation, static_cast<double>(s.preemptions), static_cast<double>(s.refused), static_cast<double>(s.turned_away), row.outcome.result.prefix_hits, static_cast<double>(s.steps)}) {
      const Cell cell(value);
      cells.push_back(cell);
    }
    for (const double value : {row.outcome.power_w, per_joule(row.outcome), row.outcome.usd_per_hour, usd_per_m_tokens(row.outcome)}) {
      const Cell cell = unless_zero(value);
      cells.push_back(cell);
    }
    const std::vector<Cell> words{s.saturated ? "true" : "false", !title.has_slo ? "" : row.outcome.holds ? "held" : "missed", row.outcome.reason};
    cells.insert(cells.end(), words.begin(), words.end());
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table deployment_checks_table(const pipeline::SimulationReport& report) {
  Table table{"simulation", "", {{"workload", "workload"}, {"node", "node"}, {"precision", "precision"}, number("accelerators", "acc.", 0), number("round_trip_ms", "trip ms", 0), number("load_per_s", "load/s", 3), number("ttft_p99_ms", "TTFT P99", 0), number("analytic_ttft_p99_ms", "analytic", 0),
                                 number("tpot_mean_ms", "TPOT mean", 1), number("analytic_tpot_mean_ms", "analytic", 1), number("e2e_p99_ms", "E2E P99", 0), number("analytic_e2e_p99_ms", "analytic", 0), number("capacity_per_s", "capacity/s", 3),
                                 number("simulated_capacity_per_s", "simulated", 3), number("difference_percent", "difference %", 0), {"saturated", "saturated"}, {"slo", "SLO"}, {"reason", "reason"}}, {}, false, ""};
  for (const pipeline::DeploymentCheck& c : report.checks) {
    const Deployment& d = c.deployment;
    const bool done = c.skipped.empty();
    table.rows.push_back({d.workload, d.node, d.precision, static_cast<double>(d.accelerators), trip_ms(d), c.load_per_s, ms(c.simulated.ttft_s.p99), ms(c.analytic_ttft_p99_s), ms(c.simulated.tpot_s.mean), ms(done && c.simulated.tpot_s.mean > 0 ? c.analytic_tpot_mean_s : 0),
                          ms(c.simulated.e2e_s.p99), ms(c.analytic_e2e_p99_s), d.load_per_s, done ? Cell(c.simulated_capacity_per_s) : Cell(), done ? difference_percent(c.simulated_capacity_per_s, d.load_per_s) : Cell(),
                          std::string(!done ? "" : c.simulated.saturated ? "true" : "false"), std::string(!done ? "" : c.missed.empty() ? "held" : "missed"), done ? c.missed : c.skipped});
  }
  return table;
}

Page deployment_checks_page(const std::string& scenario, const pipeline::SimulationReport& report) {
  Page page;
  page.title = scenario + " · simulated";
  const auto note = [&](std::string text) {
    if (std::find(page.notes.begin(), page.notes.end(), text) == page.notes.end()) page.notes.push_back(std::move(text));
  };
  Table table{"simulation", report.subject,
              {{"workload", "workload"}, {"node", "node"}, number("accelerators", "acc.", 0), number("round_trip_ms", "trip ms", 0), number("load_per_s", "load/s", 2), number("ttft_p99_ms", "TTFT P99 ms", 0), number("tpot_mean_ms", "TPOT ms", 1), {"slo", "SLO"}, number("capacity_per_s", "capacity/s", 2),
               number("simulated_capacity_per_s", "simulated", 2), {"difference", "analytic is"}}, {}, false, "capacity/s: highest load under the SLO, analytic and by simulation"};
  for (const pipeline::DeploymentCheck& c : report.checks) {
    const Deployment& d = c.deployment;
    if (!c.skipped.empty()) {
      note(fmt::format("{} on {} was not simulated: {}", d.workload, d.node, c.skipped));
      continue;
    }
    table.rows.push_back({d.workload, d.node, static_cast<double>(d.accelerators), trip_ms(d), c.load_per_s, ms(c.simulated.ttft_s.p99), ms(c.simulated.tpot_s.mean), std::string(c.missed.empty() ? "held" : "missed"), d.load_per_s, c.simulated_capacity_per_s,
                          difference(c.simulated_capacity_per_s, d.load_per_s)});
    if (!c.missed.empty()) note(fmt::format("{} on {} of {}, {}/s: {}", d.workload, d.accelerators, d.node, significant(c.load_per_s, 4), c.missed));
  }
  if (!table.rows.empty()) page.tables.push_back(std::move(table));
  return page;
}

Table simulated_curve_table(const std::vector<SimulatedCurveRow>& rows) {
  Table table{"simulated", "The same, simulated", {number("accelerators", "acc.", 0), number("load_per_s", "load/s", 3), number("ttft_p50_ms", "TTFT P50", 0), number("ttft_p95_ms", "P95", 0), number("ttft_p99_ms", "P99 ms", 0), number("tpot_p50_ms", "TPOT P50", 1),
                                                   number("tpot_p95_ms", "P95", 1), number("tpot_p99_ms", "P99 ms", 1), number("e2e_p99_ms", "E2E P99 ms", 0), number("ttft_p99_difference_percent", "TTFT P99 %", 0), number("tpot_mean_difference_percent", "TPOT %", 1), {"saturated", "saturated"}}, {}, false,
              "%: analytic over simulated, less 100 %"};
  for (const SimulatedCurveRow& row : rows) {
    const capacity::SimulationSummary& s = row.simulated;
    table.rows.push_back({static_cast<double>(row.accelerators), row.analytic.load_per_s, ms(s.ttft_s.p50), ms(s.ttft_s.p95), ms(s.ttft_s.p99), ms(s.tpot_s.p50), ms(s.tpot_s.p95), ms(s.tpot_s.p99), ms(s.e2e_s.p99), difference_percent(s.ttft_s.p99, row.analytic.ttft_p99_s),
                          difference_percent(s.tpot_s.mean, row.analytic.tpot_mean_s), std::string(s.saturated ? "true" : "false")});
  }
  return table;
}

}  // namespace tonnage::report
