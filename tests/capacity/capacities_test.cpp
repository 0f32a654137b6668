
#include "tonnage/capacity/efficiency.hpp"
#include "models.hpp"
#include "test.hpp"

using namespace tonnage;
using namespace tonnage::capacity;
using namespace tonnage::capacity::testing;

namespace {

Region region_of(const std::string& name) {
  Region region;
  region.name = name;
  return region;
}

Pool pool_of(const std::string& region, const std::string& node) {
  Pool pool;
  pool.name = region + "-" + node, pool.region = region, pool.node = node;
  return pool;
}

Workload chat(const std::string& name, ModelArchitecture model) {
  Workload w;
  w.name = name, w.model = std::move(model), w.has_model = true;
  const CurveQuery q = chat_query();
  w.shape = q.shape, w.slo = q.slo;
  return w;
}

Scenario fleet() {
  Scenario s;
  s.regions = {region_of("us")};
  Accelerator b = h100();
  b.name = "b200-sxm", b.memory_bytes = 192e9, b.bandwidth_bytes_per_s = 8e12;
  b.bf16_flops = 2250e12, b.fp8_flops = 4500e12, b.power_w = 1000;
  for (const Accelerator& a : {h100(), a100(), b}) {
    s.accelerators.push_back(a);
    s.nodes.push_back({node_of(a), {}});
    s.pools.push_back(pool_of("us", node_of(a).name));
  }
  s.workloads = {chat("small", llama_8b()), chat("large", llama_70b()), chat("moe", mixtral_8x7b()), chat("embed", bge_large())};
  s.workloads[3].shape = {};
  s.workloads[3].shape.input_mean_tokens = 400;
  s.workloads[3].slo = {};
  return s;
}

}  // namespace

TEST_CASE("capacities cover every workload and pooled node type, in order", "[capacity]") {
  Scenario scenario = fleet();
  scenario.nodes.push_back({node_of(a100(), 4), {}});  // no pool holds it
  const Capacities all = capacities(scenario);
  std::vector<std::string> pairs;
  for (const Deployment& d : all.deployments) {
    CHECK(d.node != "a100-sxm-80x4");
    const std::string pair = d.workload + "/" + d.node;
    if (pairs.empty() || pairs.back() != pair) pairs.push_back(pair);
  }
  CHECK(pairs.size() + all.none.size() == 12);
  CHECK(pairs.front() == "small/h100-sxmx8");
  for (std::size_t i = 1; i < all.deployments.size(); ++i) {
    const Deployment &a = all.deployments[i - 1], &b = all.deployments[i];
    if (a.workload != b.workload || a.node != b.node) continue;
    CHECK(a.accelerators <= b.accelerators);
    // On the frontier the larger replica must be better at something.
    CHECK((b.load_per_s / b.accelerators > a.load_per_s / a.accelerators || b.power_w / b.load_per_s < a.power_w / a.load_per_s));
  }
  const Capacities again = capacities(scenario);
  REQUIRE(again.deployments.size() == all.deployments.size());
  for (std::size_t i = 0; i < all.deployments.size(); ++i) CHECK(again.deployments[i].load_per_s == all.deployments[i].load_per_s);
}

TEST_CASE("given capacities stand as they are, jobs take their accelerators", "[capacity]") {
  Scenario scenario = fleet();
  scenario.workloads.clear();
  Workload search;
  search.name = "search";
  search.capacity = {{"h100-sxmx8", 2, 0.5, 1900}, {"h100-sxmx8", 1, 0.32, 0}};
  Workload tune;
  tune.name = "tune", tune.unit = "accelerators";
  tune.job = Job{"h100-sxmx8", 64, 300, 336, 240, true};
  scenario.workloads = {search, tune};
  scenario.policies.headroom = 0.1;
  const Capacities all = capacities(scenario);
  REQUIRE(all.deployments.size() == 3);
  CHECK(all.deployments[0].accelerators == 1);
  CHECK(all.deployments[0].load_per_s == 0.32);
  CHECK(all.deployments[0].power_w == Approx(1.5 * 700));
  CHECK(all.deployments[1].power_w == 1900);
  CHECK(all.deployments[1].evidence == "given");
  CHECK(all.deployments[2].workload == "tune");
  CHECK(all.deployments[2].load_per_s == 64);
  CHECK(all.none.empty());  // nobody gave the others a capacity to be missed
  for (const Deployment& d : all.deployments) CHECK(d.round_trip_s == any_round_trip_s);
}

TEST_CASE("each allowed round trip has its own capacity, the farther the less", "[capacity]") {
  Scenario scenario = fleet();
  scenario.workloads.resize(1);
  scenario.regions = {region_of("near"), region_of("far")};
  scenario.pools = {pool_of("near", "h100-sxmx8"), pool_of("far", "h100-sxmx8")};
  scenario.origins = {{"home", {{"near", 0.02}, {"far", 0.5}}}, {"elsewhere", {{"near", 9.0}}}};
  scenario.workloads[0].demand.origin_shares = {{"home", 1.0}};
  const auto best = [&](double trip_s) {
    CurveResult at;
    for (const Deployment& d : capacities(scenario).deployments)
      if (d.round_trip_s == trip_s) at.deployments.push_back(d);
    return at.deployments.empty() ? 0 : best_per_accelerator(at);
  };
  CHECK(best(0.02) > best(0.5));
  CHECK(best(9.0) == 0);  // nobody asks from there
  const double near = best(0.02);
  scenario.workloads[0].reach_s = 0.1;
  CHECK(best(0.02) == near);
  CHECK(best(0.5) == 0);
  scenario.workloads[0].reach_s.reset();
  scenario.workloads[0].serve = {{"home", {"near"}}};
  CHECK(best(0.5) == 0);
  scenario.workloads[0].serve.clear();
  scenario.workloads[0].residency = {"near"};
  CHECK(best(0.5) == 0);
}

TEST_CASE("a plan counts on the kernels that read a cache of its precision, as a curve does", "[capacity]") {
  Scenario scenario = fleet();
  scenario.workloads.resize(1);
  Workload& w = scenario.workloads[0];
  w.kv_precision = Precision::fp8;
  w.shape.input_mean_tokens = 6000, w.shape.output_mean_tokens = 400;
  w.slo.ttft = {{0.95, 2}}, w.slo.tpot = {{0.95, 0.04}};
  CurveQuery query;
  scenario.accelerators[0].generation = "hopper";
  query.model = w.model, query.accelerator = scenario.accelerators[0], query.node = node_of(h100());
  query.kv_precision = w.kv_precision, query.shape = w.shape, query.arrivals = w.arrivals, query.slo = w.slo;
  query.engine = planned_engine(query, {});
  const CurveResult curve = deployments(query);
  REQUIRE_FALSE(curve.deployments.empty());
  int compared = 0;
  for (const Deployment& d : capacities(scenario).deployments)
    for (const Deployment& known : curve.deployments)
      if (d.node == known.node && d.accelerators == known.accelerators && d.tensor_parallel == known.tensor_parallel) {
        CHECK(d.load_per_s <= known.load_per_s * (1 + 1e-9));  // less where a simulation does not hold it
        CHECK(d.load_per_s >= 0.5 * known.load_per_s);
        ++compared;
      }
  CHECK(compared > 0);
}
