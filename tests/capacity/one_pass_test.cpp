// Models that answer in one pass: time of a batch, its queue against the simulation, what binds.
#include <algorithm>
#include <string_view>
#include <vector>

#include "test.hpp"
#include "models.hpp"
#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/capacity/search.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
#include "tonnage/catalog/catalog.hpp"

using namespace tonnage;
using namespace tonnage::capacity;

namespace {

CurveQuery shipped_query(const char* model, const char* node, Precision precision) {
  CurveQuery query;
  query.model = *shipped_catalog().find_model(model);
  query.node = *shipped_catalog().find_node(node);
  query.accelerator = *shipped_catalog().find_accelerator(query.node.accelerator);
  query.precision = precision;
  if (query.model.kind == ModelKind::encoder) query.shape.input_mean_tokens = 180;
  query.engine = planned_engine(query, {});
  return query;
}

constexpr Layout one{1, 1, 1, 1};

double most_per_s(const CurveQuery& query) { return capacity_curve(query, one, std::vector<double>{1.0}).front().load_per_s / capacity_curve(query, one, std::vector<double>{1.0}).front().utilisation; }

}  // namespace

TEST_CASE("latency of batches is that of the simulation", "[capacity]") {
  // Bound by fixed times, by products, by both; batches of hundreds, of tens, and of one.
  struct Case {
    const char* model;
    Precision precision;
    int most;
    double cv;
  };
  for (const Case& c : {Case{"resnet50", Precision::int8, 0, 1}, {"resnet50", Precision::int8, 8, 1}, {"bert-large", Precision::fp8, 0, 1}, {"whisper-large-v3", Precision::bf16, 0, 1},
                        {"sdxl-base", Precision::fp8, 0, 1}, {"sdxl-base", Precision::fp8, 1, 1}, {"bert-large", Precision::fp8, 0, 2}}) {
    CurveQuery query = shipped_query(c.model, "h100x8", c.precision);
    query.max_batch = c.most, query.arrivals.cv = c.cv;
    const SimulatedReplica replica = simulated_replica(query, one, 512);
    REQUIRE(replica.problem.empty());
    const double most = most_per_s(query), near = c.cv == 1 ? 0.06 : 0.12;
    for (const double share : {0.1, 0.3, 0.5, 0.7, 0.8}) {
      INFO(c.model << " " << c.most << " at " << share);
      const CurvePoint p = capacity_curve(query, one, std::vector<double>{share * most}).front();
      const SimulationSummary s = simulate_point(replica, {query.shape, share * most, 60000, 1, c.cv});
      CHECK(p.e2e_mean_s == Approx(s.e2e_s.mean).epsilon(near));
      CHECK(p.e2e_p50_s == Approx(s.e2e_s.p50).epsilon(near));
      CHECK(p.e2e_p95_s == Approx(s.e2e_s.p95).epsilon(near));
      CHECK(p.e2e_p99_s == Approx(s.e2e_s.p99).epsilon(near));
    }
  }
}

TEST_CASE("what binds a full batch", "[capacity]") {
  const auto bound = [](CurveQuery query) {
    query.slo.e2e = {{0.99, 600}};
    const CurveResult result = deployments(query);
    return result.deployments.empty() ? result.reason : result.deployments.front().limit;
  };
  CurveQuery resnet = shipped_query("resnet50", "h100x1", Precision::int8);
  CHECK(bound(resnet) == "memory bandwidth");
  resnet.max_batch = 8;
  CHECK(bound(resnet) == "batch");
  CHECK(bound(shipped_query("bert-large", "h100x1", Precision::bf16)) == "compute");
  // A card of 24 GB keeps few of the caches that each word of an answer reads.
  CurveQuery whisper = shipped_query("whisper-large-v3", "l4x1", Precision::bf16);
  whisper.max_batch = 4096;
  CHECK(most_per_s(whisper) == Approx(most_per_s([&] { CurveQuery more = whisper; more.max_batch = 8192; return more; }())));
}

TEST_CASE("a larger batch carries more, the more a fixed time weighs", "[capacity]") {
  CurveQuery query = shipped_query("dlrm-v2", "h100x1", Precision::fp8);
  query.slo.e2e = {{0.99, 0.06}};
  double before = 0;
  for (const int batch : {1, 64, 4096, 65536}) {
    query.max_batch = batch;
    const double load = highest_load_per_s(query, one);
    CHECK(load > before);
    before = load;
  }
  query.max_batch = 64;
  const auto worth = elasticities(query, one);
  const auto value = [&](std::string_view name) { return std::find_if(worth.begin(), worth.end(), [&](const Elasticity& e) { return name == e.resource; })->value; };
  CHECK(value("batch limit") > 0.9);
  CHECK(value("compute") < 0.1);
}

TEST_CASE("search names the least batch that carries the load", "[capacity]") {
  SearchQuery query;
  query.base = shipped_query("resnet50", "h100x1", Precision::int8);
  query.nodes = {{query.base.node, query.base.accelerator, std::nullopt}};
  int before = 0;
  for (const double limit : {0.007, 0.012, 1.0}) {
    query.base.slo.e2e = {{0.99, limit}};
    const SearchResult result = search(query);
    REQUIRE(result.frontier.size() == 1);
    const DeploymentChoice& choice = result.frontier.front();
    CHECK(choice.batch_limit > before);
    before = choice.batch_limit;
    CurveQuery largest = query.base;
    CHECK(choice.load_per_s > 0.985 * highest_load_per_s(largest, choice.layout));
    CHECK(highest_load_per_s(query_of(query, choice), choice.layout) == Approx(choice.load_per_s).epsilon(5e-3));
  }
}

TEST_CASE("passes of a request cost their fixed times and read their weights", "[capacity]") {
  const CurveQuery query = shipped_query("sdxl-base", "h100x1", Precision::bf16);
  CurveQuery twice = query;
  twice.model.passes_per_request = 40;
  const auto alone = [](const CurveQuery& q) { return capacity_curve(q, one, std::vector<double>{1e-6}).front().e2e_p50_s; };
  const double weights = 20 * 2.57e9 * 2 / 3.35e12;
  CHECK(alone(twice) - alone(query) > 20 * query.engine.step_s);
  CHECK(alone(twice) - alone(query) < 20 * query.engine.step_s + 2 * weights);
}
