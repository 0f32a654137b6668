#include "tonnage/pipeline/simulate.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "tonnage/capacity/capacities.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::pipeline {
namespace {

std::vector<Deployment> chosen(const Run& run, std::string& subject) {
  std::set<int> used;
  if (run.feasible())
    for (const Placement& placement : run.plan.placements)
      if (placement.load_per_s > 0) used.insert(placement.deployment);
  std::vector<Deployment> out;
  for (const int i : used) out.push_back(run.capacities.deployments[static_cast<std::size_t>(i)]);
  subject = "Deployments that the plan uses, one replica at its planned peak load";
  if (!out.empty()) return out;
  subject = "There is no plan: the deployment of each workload that carries most per accelerator";
  std::map<std::string, const Deployment*> best;
  for (const Deployment& d : run.capacities.deployments) {
    if (is_hosted(d)) continue;
    const Deployment*& now = best[d.workload];
    if (now == nullptr || d.load_per_s * now->accelerators > now->load_per_s * d.accelerators) now = &d;
  }
  for (const auto& [name, deployment] : best) out.push_back(*deployment);
  return out;
}

/// Longest request that the step table is made for: lengths vary, and the model's context bounds them.
double longest_of(const capacity::CurveQuery& q) {
  const double most = 8 * std::max(q.shape.input_mean_tokens + q.shape.output_mean_tokens, q.shape.input_p95_tokens + q.shape.output_p95_tokens);
  return q.model.max_context_tokens > 0 ? std::min<double>(most, q.model.max_context_tokens) : most;
}

void check(const Run& run, int requests, DeploymentCheck& out) {
  const Scenario& scenario = run.loaded.scenario;
  out.load_per_s = out.deployment.load_per_s * (1 - scenario.policies.headroom);
  const auto query = capacity::query_of(scenario, out.deployment);
  if (!query) {
    out.skipped = "its capacity is " + out.deployment.evidence + ", not computed";
    return;
  }
  const capacity::SimulatedReplica replica = capacity::simulated_replica(*query, capacity::layout_of(out.deployment), longest_of(*query));
  out.skipped = replica.problem;
  if (!replica.problem.empty()) return;
  capacity::SimulatedPointQuery point{query->shape, out.load_per_s, requests, run.seed, query->arrivals.cv};
  out.simulated = capacity::simulate_point(replica, point);
  out.missed = capacity::missed_limit(out.simulated, query->slo);
  out.simulated_capacity_per_s = capacity::highest_simulated_load(replica, query->slo, out.deployment.load_per_s, point);
  for (const capacity::CurvePoint& p : capacity::capacity_curve(*query, capacity::layout_of(out.deployment), std::vector<double>{out.load_per_s})) {
    out.analytic_ttft_p99_s = p.ttft_p99_s;
    out.analytic_tpot_mean_s = p.tpot_mean_s;
    out.analytic_e2e_p99_s = p.e2e_p99_s;
  }
}

}  // namespace

SimulationReport simulate(const Run& run, Deployments which, int requests, int threads) {
  SimulationReport report;
  report.subject = "One replica at its capacity less headroom";
  const std::vector<Deployment> deployments = which == Deployments::all ? run.capacities.deployments : chosen(run, report.subject);
  for (const Deployment& deployment : deployments) report.checks.push_back({deployment, 0, {}, 0, 0, 0, 0, "", ""});
  parallel_for(static_cast<int>(report.checks.size()), threads, [&](int i) { check(run, requests, report.checks[static_cast<std::size_t>(i)]); });
  return report;
}

}  // namespace tonnage::pipeline
