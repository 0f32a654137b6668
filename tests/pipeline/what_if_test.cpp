#include "tonnage/pipeline/what_if.hpp"

#include <random>
#include <set>

#include "memory_files.hpp"
#include "pipeline/text_run.hpp"
#include "test.hpp"
#include "tonnage/pipeline/attribution.hpp"
#include "tonnage/pipeline/levers.hpp"
#include "tonnage/pipeline/sweep.hpp"
#include "tonnage/report/json.hpp"

using namespace tonnage;
using namespace tonnage::pipeline;
using tonnage::testing::run_of;

namespace {

const char* const base = R"(
tonnage: 1
as_of: 2026-11-01
horizon: {start: 2027-01-01, periods: 2, period: quarter}
blocks: {day: 1000 h, night: 1190 h}
finance: {discount_rate: 8 %, hours: 730}
regions:
  west: {site: own, electricity: 0.08 USD/kWh, pue: 1.2, power: 2 MW}
  far: {site: cloud, provider: acme}
origins: {home: {west: 20 ms, far: 80 ms}}
pools:
  now: {region: far, node: h100x8, offer: on-demand, price: 50 USD/h}
  buy: {region: west, node: h100x8, offer: purchase, price: {low: 250 k USD, mid: 280 k USD, high: 300 k USD}, lead_time: 2 months, supply: 3 nodes/quarter}
workloads:
  chat:
    model: llama-3.1-8b
    shape: {input: {mean: 900}, output: {mean: 200}, prefix_hit: 30 %}
    slo: {ttft: {p95: 800 ms}, tpot: {p95: 40 ms}}
    demand: {start: 400 requests/s, growth: 40 %/year, origins: {home: 1}}
    reach: 40 ms
  twin: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {constant: 24 requests/s, origins: {home: 1}}, priority: 2, unmet: 0.01 USD/request}
policies: {headroom: 10 %, unmet: {1: 0.02 USD/request}}
)";

scenario::LoadOptions options_of(std::vector<std::string> sets = {}) { return testing::options_of(base, std::move(sets)); }

/// Changes of every kind that a stage reads, and some that none does.
std::string random_set(std::mt19937& random) {
  const auto number = [&](double low, double high) { return std::to_string(low + (high - low) * static_cast<double>(random() % 1000) / 1000); };
  switch (random() % 14) {
    case 0: return "workloads.chat.demand.start=" + number(300, 500) + " requests/s";
    case 1: return "workloads.chat.demand.growth=" + number(-20, 60) + " %/year";
    case 2: return "workloads.chat.events=[{date: 2027-02-01, effect: +" + number(1, 50) + " %}]";
    case 3: return "blocks.day=" + number(800, 1400) + " h";
    case 4: return "workloads.chat.slo.tpot.p95=" + number(25, 60) + " ms";
    case 5: return "workloads.chat.precision=fp8";
    case 6: return "origins.home.west=" + number(1, 39) + " ms";
    case 7: return "pools.now.price=" + number(30, 60) + " USD/h";
    case 8: return "policies.headroom=" + number(0, 30) + " %";
    case 9: return "workloads.chat.reach=100 ms";
    case 10: return "workloads.chat.overrides=[{from: 2027-01-01, factor: " + number(0.5, 1.5) + ", why: test}]";
    case 11: return "horizon.periods=3";
    case 12: return "workloads.twin.priority=1";
    default: return "calibration.h100-sxm.compute_16bit=" + number(0.7, 1);
  }
}

}  // namespace

TEST_CASE("a run with what others left in the cache is the run without it, to the byte", "[pipeline]") {
  StageCache cache;
  std::mt19937 random(7);
  for (int trial = 0; trial < 40; ++trial) {
    std::vector<std::string> sets;
    for (auto n = random() % 3; n-- > 0;) sets.push_back(random_set(random));
    RunOptions with;
    with.cache = &cache;
    const auto load = options_of(sets);
    INFO("trial " << trial << (sets.empty() ? "" : " " + sets.front()));
    REQUIRE(report::to_json(run_of(load, with), "report") == report::to_json(run_of(load), "report"));
  }
}

TEST_CASE("what a stage reads is in its key, and what it does not read is not", "[pipeline]") {
  const auto key = [](const std::vector<std::string>& sets) { return forecast_key(run_of(options_of(sets)).loaded.scenario, 1); };
  const std::string now = key({});
  for (const char* set : {"policies.headroom=5 %", "pools.now.price=40 USD/h", "workloads.chat.precision=fp8", "workloads.chat.slo.tpot.p95=50 ms", "regions.west.pue=1.1"}) REQUIRE(key({set}) == now);
  for (const char* set : {"workloads.chat.demand.start=401 requests/s", "blocks.day=999 h", "horizon.periods=3", "outcomes={a: 0.5, b: 0.5}", "finance.hours=calendar"}) REQUIRE(key({set}) != now);
}

TEST_CASE("levers save what a plan with their arguments saves", "[pipeline]") {
  testing::MemoryFiles files;
  const Run run = run_of(options_of());
  REQUIRE(run.feasible());
  StageCache cache;
  RunOptions options;
  const Levers levers = find_levers(run, options_of(), {}, shipped_catalog(), files, options, cache);
  std::set<std::string> kinds;
  for (const Lever& lever : lever_candidates(run)) kinds.insert(lever.kind);
  for (const char* kind : {"precision", "slo", "reach", "headroom", "pue", "electricity", "price", "deadline", "prefix"}) REQUIRE(kinds.count(kind) == 1);
  REQUIRE(levers.helping.size() >= 4);
  REQUIRE(levers.base == run.ledger.totals.present_value);
  for (std::size_t i = 0; i < levers.helping.size(); ++i) {
    const LeverOutcome& one = levers.helping[i];
    INFO(one.lever.name);
    REQUIRE(one.saving > Money());
    REQUIRE(one.saving == levers.base - run_of(options_of(one.lever.sets)).ledger.totals.present_value);
    if (i > 0 && !one.lever.risk) REQUIRE(one.saving <= levers.helping[i - 1].saving);
  }
  options.threads = 2;
  StageCache fresh;
  const Levers again = find_levers(run, options_of(), {}, shipped_catalog(), files, options, fresh);
  REQUIRE(again.helping.size() == levers.helping.size());
  for (std::size_t i = 0; i < again.helping.size(); ++i) REQUIRE(again.helping[i].saving == levers.helping[i].saving);
}

TEST_CASE("an uncertain price is negotiated as a whole", "[pipeline]") {
  const Run run = run_of(options_of());
  for (const Lever& lever : lever_candidates(run))
    if (lever.name == "buy 10 % cheaper") {
      REQUIRE(lever.sets == std::vector<std::string>{"pools.buy.price.low=225 k USD", "pools.buy.price.mid=252 k USD", "pools.buy.price.high=270 k USD"});
      return;
    }
  FAIL("no such lever");
}

TEST_CASE("values of a sweep", "[pipeline]") {
  REQUIRE(parse_sweep_axis("policies.headroom=0:20:5 %").values == std::vector<std::string>{"0 %", "5 %", "10 %", "15 %", "20 %"});
  REQUIRE(parse_sweep_axis("a=3:1:-1").values == std::vector<std::string>{"3", "2", "1"});
  REQUIRE(parse_sweep_axis("a=1:2:0.3").values == std::vector<std::string>{"1", "1.3", "1.6", "1.9"});
  REQUIRE(parse_sweep_axis("a=[1, 2],{b: 3, c: 4}, 'x, y'").values == std::vector<std::string>{"[1, 2]", "{b: 3, c: 4}", "'x, y'"});
  for (const char* wrong : {"a", "=1", "a=", "a=1,,2", "a=1:2:0", "a=2:1:1", "a=0:1:0.0001"}) REQUIRE_THROWS_AS(parse_sweep_axis(wrong), std::invalid_argument);
  REQUIRE(sweep_grid({{"a", {"1", "2"}}, {"b", {"x", "y"}}}) == std::vector<std::vector<std::string>>{{"a=1", "b=x"}, {"a=1", "b=y"}, {"a=2", "b=x"}, {"a=2", "b=y"}});
  REQUIRE_THROWS_AS(sweep_grid({{"a", std::vector<std::string>(40, "1")}, {"b", std::vector<std::string>(40, "1")}}), std::invalid_argument);
  REQUIRE_THROWS_AS(sweep_grid({{"a", {"1"}}, {"a", {"2"}}}), std::invalid_argument);
}
