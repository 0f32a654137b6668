#include "tonnage/pipeline/adapt.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/text_run.hpp"
#include "test.hpp"

using namespace tonnage;
using namespace tonnage::pipeline;

namespace {

/// One node by the hour for 86,880 USD, or by a lease whose price is uncertain, for 84,000 USD at its middle.
const char* const choice = R"(
tonnage: 1
horizon: {start: 2027-01-01, periods: 2, period: quarter}
finance: {discount_rate: 0 %}
regions: {here: {site: cloud, provider: acme}}
pools:
  rent: {region: here, node: h100x8, offer: on-demand, price: 20 USD/h}
  lease: {region: here, node: h100x8, offer: lease, term: 12 months, price: {low: 10 k USD/month, mid: 14 k USD/month, high: 20 k USD/month}}
workloads: {w: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s}]}, demand: {constant: 10 requests/s}}}
policies: {headroom: 0 %, availability: 100 %}
)";

struct Adapted {
  Run run;
  Adaptation out;
};

Adapted adapted(std::vector<std::string> sets, int threads = 1, const AdaptOptions& how = {}) {
  testing::MemoryFiles files;
  const scenario::LoadOptions load = testing::options_of(choice, std::move(sets));
  StageCache cache;
  RunOptions options;
  options.threads = threads, options.cache = &cache;
  Run base = testing::run_of(load, options);
  REQUIRE(base.feasible());
  Adaptation out = adapt(base, load, shipped_catalog(), files, options, cache, how);
  return {std::move(base), std::move(out)};
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("adapt: knowing first and waiting are worth what a hand calculation says", "[pipeline][uncertainty]") {
  const auto [run, out] = adapted({});
  REQUIRE(out.costs.size() == 4);
  std::vector<double> anew, planned, waited;
  for (const std::vector<double>& draw : tco::joint_draws({out.inputs[0].distribution}, {}, out.draws, run.seed)) {
    const double lease = 84'000 * draw[0] / out.inputs[0].distribution.middle;
    planned.push_back(lease);
    waited.push_back(43'200 + std::min(lease / 2, 43'680.0));
    anew.push_back(std::min(lease, waited.back()));
  }
  CHECK(out.costs[0].cost.mean.value == Approx(mean_of(anew)).epsilon(1e-7));
  CHECK(out.costs[1].cost.mean.value == Approx(mean_of(planned)).epsilon(1e-7));
  CHECK(out.costs[3].cost.mean.value == Approx(mean_of(waited)).epsilon(1e-7));
  CHECK(out.knowing_first->value == Approx(mean_of(planned) - mean_of(anew)).epsilon(1e-6));
  CHECK(out.waiting->value == Approx(mean_of(planned) - mean_of(waited)).epsilon(1e-6));
  std::sort(planned.begin(), planned.end());
  CHECK(out.costs[1].cost.p90.value == Approx(planned[28]).epsilon(1e-7));  // of 32, the first that 90 % do not exceed
}

TEST_CASE("adapt: what is settled costs, and nothing costs less than settling nothing", "[pipeline][uncertainty]") {
  const Adaptation out = adapted({"workloads.w.demand.constant={low: 4 requests/s, mid: 10 requests/s, high: 40 requests/s}", "pools.lease.supply=2 nodes/quarter"}, 1, {16, Money::from_double(150'000)}).out;
  REQUIRE(out.inputs.size() == 2);
  CHECK(out.left_out.empty());
  for (const SettledCost& one : out.costs) {
    CHECK(one.draws == 16);
    CHECK(out.costs[0].cost.mean.value <= one.cost.mean.value + 1e-6);
    CHECK(one.cost.p10.value <= one.cost.p50.value);
    CHECK(one.cost.p50.value <= one.cost.p90.value);
    CHECK((one.cost.p90.value > 150'000) == (one.cost.exceeds_budget.value > 0.1));
  }
  CHECK(out.knowing_first->value > 0);
  REQUIRE(out.tornado.size() == 2);
  CHECK(out.tornado[0].at_p90 > out.tornado[0].at_p10);
}

TEST_CASE("adapt: without anything uncertain all ways cost the plan; threads change nothing", "[pipeline][uncertainty]") {
  const Adaptation sure = adapted({"pools.lease.price=14 k USD/month"}, 1, {8, {}}).out;
  CHECK(sure.inputs.empty());
  for (const std::size_t way : {0, 1, 2}) {
    CHECK(sure.costs[way].cost.p10.value == Approx(84'000));
    CHECK(sure.costs[way].cost.p90.value == Approx(84'000));
    CHECK(sure.costs[way].cost.mean.half_width < 1e-6);
  }
  const Adaptation one = adapted({}, 1).out, two = adapted({}, 2).out;
  for (std::size_t way = 0; way < one.costs.size(); ++way) {
    CHECK(one.costs[way].cost.mean.value == two.costs[way].cost.mean.value);
    CHECK(one.costs[way].cost.p90.half_width == two.costs[way].cost.p90.half_width);
  }
}

TEST_CASE("adapt: draws without a plan are counted and told", "[pipeline][uncertainty]") {
  // Nothing else carries more than the leased nodes do.
  const Adaptation out = adapted({"pools.rent=null", "workloads.w.demand.constant={low: 4 requests/s, mid: 10 requests/s, high: 40 requests/s}"}, 1, {16, {}}).out;
  CHECK(out.costs[0].draws == 16);
  CHECK(out.costs[1].draws == 16);  // planned for every outcome of demand
  CHECK(!out.why_without.empty());
  CHECK(out.costs[3].draws == 0);  // the first quarter's load has no other place
  CHECK(!out.waiting);
}
