#include <cmath>
#include <limits>
#include <vector>

#include "models.hpp"
#include "test.hpp"

using namespace tonnage;
using namespace tonnage::capacity;
using namespace tonnage::capacity::testing;

namespace {

constexpr double rounding = 1 + 1e-4;  // the search for the highest load ends at 1e-5 of the throughput

void check_finite(const Deployment& d) {
  for (const double v : {d.load_per_s, d.power_w, d.concurrency, d.max_concurrency, d.ttft_p50_s, d.ttft_p95_s, d.ttft_p99_s, d.tpot_p50_s,
                         d.tpot_p95_s, d.tpot_p99_s, d.e2e_p50_s, d.e2e_p95_s, d.e2e_p99_s}) {
    CHECK(std::isfinite(v));
    CHECK(v >= 0);
  }
}

}  // namespace

TEST_CASE("deployments meet their SLO and say what binds", "[capacity]") {
  const CurveQuery query = chat_query();
  const CurveResult result = deployments(query);
  REQUIRE_FALSE(result.deployments.empty());
  for (const Deployment& d : result.deployments) {
    check_finite(d);
    CHECK(d.load_per_s > 0);
    CHECK(d.ttft_p95_s <= 0.6 * rounding);
    CHECK(d.tpot_p95_s <= 0.03 * rounding);
    CHECK(d.ttft_p50_s <= d.ttft_p95_s);
    CHECK(d.e2e_p95_s <= d.e2e_p99_s);
    CHECK(d.power_w <= query.node.power_w * d.accelerators / query.node.accelerators * rounding);
    CHECK(d.power_w >= 0.3 * query.node.power_w * d.accelerators / query.node.accelerators);
    CHECK_FALSE(d.limit.empty());
  }
}

TEST_CASE("a tighter limit never raises the capacity", "[capacity]") {
  double last = std::numeric_limits<double>::infinity();
  for (const double tpot : {0.1, 0.05, 0.03, 0.02, 0.015, 0.01, 0.008, 0.007, 0.006, 0.002}) {
    CurveQuery query = chat_query();
    query.node.accelerators = 1, query.accelerator.network_bytes_per_s = 0;  // no other way to spread it
    query.slo.tpot = {{0.95, tpot}};
    const double load = best_per_accelerator(deployments(query));
    CHECK(load <= last * rounding);
    last = load;
  }
  CHECK(last == 0);
  last = std::numeric_limits<double>::infinity();
  for (const double ttft : {5.0, 1.0, 0.6, 0.3, 0.15, 0.1, 0.05, 0.01}) {
    CurveQuery query = chat_query();
    query.node.accelerators = 1, query.accelerator.network_bytes_per_s = 0;  // no other way to spread it
    query.slo.ttft = {{0.99, ttft}};
    const double load = best_per_accelerator(deployments(query));
    CHECK(load <= last * rounding);
    last = load;
  }
  CHECK(last == 0);
}

TEST_CASE("longer contexts never raise the capacity, more bandwidth never lowers it", "[capacity]") {
  double last = std::numeric_limits<double>::infinity();
  for (const double input : {200.0, 500.0, 1000.0, 2000.0, 5000.0, 12000.0, 40000.0}) {
    CurveQuery query = chat_query();
    query.node.accelerators = 1;
    query.shape.input_mean_tokens = input, query.shape.input_p95_tokens = 0;
    query.slo.ttft = {{0.95, 5}};
    const double load = best_per_accelerator(deployments(query));
    CHECK(load <= last * rounding);
    last = load;
  }
  last = 0;
  for (const double bandwidth : {1e12, 2e12, 3.35e12, 5e12, 8e12}) {
    CurveQuery query = chat_query();
    query.node.accelerators = 1;
    query.accelerator.bandwidth_bytes_per_s = bandwidth;
    const double load = best_per_accelerator(deployments(query));
    CHECK(load * rounding >= last);
    last = load;
  }
}

TEST_CASE("a limit that an idle replica misses is named with what it would need", "[capacity]") {
  CurveQuery query = chat_query();
  query.slo.tpot = {{0.95, 0.0001}};
  CurveResult result = deployments(query);
  CHECK(result.deployments.empty());
  CHECK(result.reason.find("tpot.p95") != std::string::npos);
  CHECK(result.reason.find("times as fast") != std::string::npos);
  query = chat_query();
  query.round_trip_s = 0.7;
  result = deployments(query);
  CHECK(result.deployments.empty());
  CHECK(result.reason.find("round trip") != std::string::npos);
  query = chat_query(deepseek_v3());
  query.precision = Precision::bf16;
  result = deployments(query);  // over several nodes
  REQUIRE_FALSE(result.deployments.empty());
  for (const Deployment& d : result.deployments) {
    CHECK(d.accelerators > 8);
    CHECK(d.pipeline_parallel * d.data_parallel > 1);
  }
  query.accelerator.network_bytes_per_s = 0;
  result = deployments(query);
  CHECK(result.deployments.empty());
  CHECK(result.reason.find("do not fit") != std::string::npos);
}

TEST_CASE("a round trip counts in TTFT and end-to-end, not in TPOT", "[capacity]") {
  CurveQuery query = chat_query();
  const std::vector<double> loads{2.0};
  const CurvePoint near = capacity_curve(query, 1, loads).front();
  query.round_trip_s = 0.1;
  const CurvePoint far = capacity_curve(query, 1, loads).front();
  CHECK(far.ttft_p95_s == Approx(near.ttft_p95_s + 0.1));
  CHECK(far.e2e_mean_s == Approx(near.e2e_mean_s + 0.1));
  CHECK(far.tpot_p95_s == near.tpot_p95_s);
}

TEST_CASE("latency and batch grow along the curve until it saturates", "[capacity]") {
  std::vector<double> loads;
  for (int i = 0; i <= 60; ++i) loads.push_back(i);
  const std::vector<CurvePoint> curve = capacity_curve(chat_query(), 1, loads);
  REQUIRE(curve.size() == loads.size());
  for (std::size_t i = 1; i < curve.size() && !curve[i].saturated; ++i) {
    CHECK(curve[i].tpot_p95_s >= curve[i - 1].tpot_p95_s * 0.999);
    CHECK(curve[i].batch >= curve[i - 1].batch);
    CHECK(curve[i].ttft_p95_s >= curve[i - 1].ttft_p95_s * 0.98);
  }
  CHECK_FALSE(curve.front().saturated);
  CHECK(curve.back().saturated);
  // Little's law: requests in service = load x time in service.
  CHECK(curve[4].batch == Approx(4 * 240 * curve[4].tpot_mean_s).epsilon(0.01));
}

TEST_CASE("elasticities name what binds", "[capacity]") {
  CurveQuery query = chat_query();
  query.shape.input_mean_tokens = 50, query.shape.input_p95_tokens = 0;
  query.slo.ttft.clear();
  const auto value = [](const std::vector<Elasticity>& all, const std::string& resource) {
    for (const Elasticity& e : all)
      if (resource == e.resource) return e.value;
    return -1.0;
  };
  // Short prompts and a tight limit on the token time: reading weights and cache is all there is.
  query.slo.tpot = {{0.95, 0.009}};
  const auto decode = elasticities(query, Layout{1, 1, 1, 1});
  REQUIRE(decode.size() == 5);
  CHECK(value(decode, "memory bandwidth") > 1);
  CHECK(value(decode, "memory bandwidth") > value(decode, "compute"));
  CHECK(value(decode, "latency limits") > 1);
  CHECK(value(decode, "links") == 0);  // one accelerator
  // Long prompts and a limit on the first token: compute.
  CurveQuery prefill = chat_query();
  prefill.shape.input_mean_tokens = 6000, prefill.shape.input_p95_tokens = 0;
  prefill.shape.output_mean_tokens = 100, prefill.shape.output_p95_tokens = 0;
  prefill.slo.tpot.clear();
  const auto prompts = elasticities(prefill, Layout{1, 1, 1, 1});
  REQUIRE(prompts.size() == 5);
  CHECK(value(prompts, "compute") > 3 * value(prompts, "memory bandwidth"));
  // A large model on eight accelerators: the links count.
  CurveQuery large = chat_query(llama_70b());
  CHECK(value(elasticities(large, Layout{8, 1, 1, 1}), "links") > 0.05);
}

TEST_CASE("models that answer in one pass", "[capacity]") {
  CurveQuery query = chat_query(bge_large());
  query.slo = {};
  query.slo.e2e = {{0.99, 0.2}};
  query.shape = {};
  query.shape.input_mean_tokens = 400;
  query.node.accelerators = 1;
  const CurveResult encoder = deployments(query);
  REQUIRE(encoder.deployments.size() == 1);
  check_finite(encoder.deployments[0]);
  // Never more than the compute allows: 2 x 302 M parameters x 400 tokens a request.
  CHECK(encoder.deployments[0].load_per_s < 0.75 * 989e12 / (2 * 302e6 * 400));
  CHECK(encoder.deployments[0].load_per_s > 200);
  query.model = {};
  query.model.kind = ModelKind::vision;
  query.model.parameters = 25.6e6, query.model.flops_per_request = 8.2e9;
  query.shape = {};
  CHECK(deployments(query).deployments.size() == 1);
  query.model.flops_per_request = 0;
  CHECK(deployments(query).reason.find("FLOPs per request") != std::string::npos);
}

TEST_CASE("measured points: interpolated within the SLO, never beyond the last", "[capacity]") {
  CurveQuery query;
  query.model.kind = ModelKind::measured;
  query.node = node_of(h100());
  query.accelerator = h100();
  const std::string node = query.node.name;
  query.measured = {{node, 1, 100, 0.02, 0.04}, {node, 1, 200, 0.03, 0.08}, {node, 1, 300, 0.05, 0.16}, {"other", 1, 9000, 0.01, 0.01}};
  query.slo.e2e = {{0.99, 0.12}};
  CHECK(deployments(query).deployments.at(0).load_per_s == Approx(250));
  CHECK(deployments(query).deployments.at(0).capacity_p10 == Approx(200.0 / 250));  // between 200 and 300, whatever the curve
  CHECK(deployments(query).deployments.at(0).capacity_p90 == Approx(300.0 / 250));
  query.round_trip_s = 0.04;
  CHECK(deployments(query).deployments.at(0).load_per_s == Approx(200));
  query.round_trip_s = 0;
  query.slo.e2e = {{0.99, 1}};
  CHECK(deployments(query).deployments.at(0).load_per_s == Approx(300));
  CHECK(deployments(query).deployments.at(0).capacity_p10 == 1);
  query.slo.e2e = {{0.99, 0.01}};
  CHECK(deployments(query).deployments.empty());
  CHECK_FALSE(deployments(query).reason.empty());
}

TEST_CASE("nothing is ever NaN for silly inputs", "[capacity]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  std::vector<CurveQuery> silly(16, chat_query());
  silly[0].model = {};
  silly[1].accelerator = {};
  silly[2].node = {};
  silly[3].shape = {};
  silly[4].shape.input_mean_tokens = 0;
  silly[5].shape.output_mean_tokens = 1;
  silly[6].shape.input_mean_tokens = nan;
  silly[7].shape.output_mean_tokens = 1e30;
  silly[8].accelerator.bandwidth_bytes_per_s = infinity;
  silly[9].slo.ttft = {{0.95, nan}};
  silly[10].slo.ttft = {{0, 0.1}};
  silly[11].slo.tpot = {{0.95, -1}};
  silly[12].accelerator.link_bytes_per_s = 0, silly[12].accelerator.network_bytes_per_s = 0;
  silly[13].max_sequences = 0;
  silly[14].shape.prefix_hit = 1;
  silly[15].model.experts = 8;
  const std::vector<double> loads{0, 1, 1e9, nan, -1};
  for (const CurveQuery& query : silly) {
    const CurveResult result = deployments(query);
    CHECK((!result.deployments.empty() || !result.reason.empty()));
    for (const Deployment& d : result.deployments) check_finite(d);
    for (const CurvePoint& p : capacity_curve(query, 2, loads))
      for (const double v : {p.ttft_p99_s, p.tpot_p99_s, p.e2e_p99_s, p.batch, p.power_w, p.utilisation, p.ttft_mean_s})
        CHECK(std::isfinite(v));
  }
}

TEST_CASE("what requests need is never beyond what the data sheet promises, and longer prompts take a larger share", "[capacity]") {
  CurveQuery query = chat_query();
  double last = 0;
  for (const double input : {200.0, 800.0, 3200.0}) {
    query.shape.input_mean_tokens = input;
    query.shape.input_p95_tokens = 0;
    CurveResult result = deployments(query);
    REQUIRE_FALSE(result.deployments.empty());
    for (Deployment& d : result.deployments) set_use(query, d);
    for (const Deployment& d : result.deployments) {
      for (const std::optional<double>& share : {d.busy, d.flops_share, d.bytes_share, d.prompt_share}) {
        REQUIRE(share.has_value());
        CHECK(*share > 0);
        CHECK(*share <= 1);
      }
      CHECK(*d.flops_share <= *d.busy);
      CHECK(*d.bytes_share <= *d.busy);
    }
    CHECK(*result.deployments.front().prompt_share > last);
    last = *result.deployments.front().prompt_share;
  }
}
