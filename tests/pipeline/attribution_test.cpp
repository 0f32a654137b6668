#include "tonnage/pipeline/attribution.hpp"

#include "memory_files.hpp"
#include "pipeline/text_run.hpp"
#include "test.hpp"

#include <cmath>

using namespace tonnage;
using namespace tonnage::pipeline;

namespace {

const char* const base = R"(
tonnage: 1
horizon: {start: 2027-01-01, periods: 2, period: quarter}
blocks: {all: 2190 h}
outcomes: {base: 1}
finance: {discount_rate: 8 %, hours: 730}
regions: {west: {site: own, electricity: 0.08 USD/kWh, pue: 1.2}}
pools:
  now: {region: west, node: h100x8, offer: on-demand, price: 50 USD/h}
  year: {region: west, node: h100x8, offer: reserved, term: 1 year, price: 30 USD/h, limit: 2 nodes}
workloads:
  chat: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {constant: 24 requests/s}}
  twin: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {constant: 24 requests/s}}
)";

Run run_with(const std::vector<std::string>& sets) { return testing::run_of(testing::options_of(base, sets)); }

Attribution between(const Run& a, const Run& b, int threads = 1) {
  testing::MemoryFiles files;
  RunOptions options;
  options.threads = threads;
  return attribute(a, b, shipped_catalog(), files, options);
}

Money share(const Attribution& attribution, const std::string& name) {
  for (const DriverShare& one : attribution.shares)
    if (one.driver.name == name) return one.change;
  FAIL("no driver " + name);
  return {};
}

Money sum(const Attribution& attribution) {
  Money out;
  for (const DriverShare& one : attribution.shares) out += one.change;
  return out;
}

}  // namespace

TEST_CASE("drivers of cost sum to the difference, and turn around with it", "[pipeline]") {
  const Run a = run_with({});
  const Run b = run_with({"workloads.chat.demand.constant=36 requests/s", "pools.now.price=60 USD/h", "finance.discount_rate=10 %", "pools.year.limit=3 nodes", "regions.west.pue=1.3", "workloads.twin.capacity.h100x8=[{accelerators: 8, load: 8 requests/s, power: 8 kW}]"});
  const Attribution forth = between(a, b), back = between(b, a);
  REQUIRE(forth.shares.size() == 7);
  REQUIRE(sum(forth) == b.ledger.totals.present_value - a.ledger.totals.present_value);
  for (const DriverShare& one : forth.shares) {
    REQUIRE(share(back, one.driver.name) == -one.change);
    Money parts;
    for (const auto& [category, amount] : one.by_category) parts += amount;
    REQUIRE(parts == one.change);
  }
  REQUIRE(share(forth, "demand of chat") > Money());
  REQUIRE(share(forth, "price of now") > Money());
  REQUIRE(share(forth, "limit of year") < Money());
  REQUIRE(share(forth, "discount rate") < Money());
  const Attribution threads = between(a, b, 2);
  for (std::size_t i = 0; i < forth.shares.size(); ++i) REQUIRE(threads.shares[i].change == forth.shares[i].change);
}

TEST_CASE("nothing drives no difference, and what no cost depends on is no driver", "[pipeline]") {
  const Run a = run_with({});
  REQUIRE(between(a, a).shares.empty());
  REQUIRE(between(a, run_with({"name=other", "checks=[cost <= 9 M USD]", "regions.west.carbon=100 g/kWh"})).shares.empty());
}

TEST_CASE("alike drivers have equal shares", "[pipeline]") {
  const Run a = run_with({});
  const Run b = run_with({"workloads.chat.demand.constant=37 requests/s", "workloads.twin.demand.constant=37 requests/s"});
  const Attribution found = between(a, b);
  const Money difference = share(found, "demand of chat") - share(found, "demand of twin");
  REQUIRE(std::abs(difference.micros()) <= 4 + 2 * found.shares[0].open.micros());
}

TEST_CASE("a price alone is what it adds to a fixed plan, halfway to the plan made for it", "[pipeline]") {
  // Two nodes a year for 30 USD/h each, and on demand beside them: no other way to serve, so the plan cannot adapt.
  const Run a = run_with({});
  const Run b = run_with({"pools.now.price=51 USD/h"});
  const Attribution found = between(a, b);
  REQUIRE(share(found, "plan adapted to the new prices") == Money());
  double hours = 0;
  for (const LineItem& line : a.ledger.lines)
    if (line.category == "on-demand") hours += line.quantity * line.discount;
  REQUIRE(share(found, "price of now").approximate() == Approx(hours).epsilon(1e-9));
}

TEST_CASE("drivers without a plan between them are taken together", "[pipeline]") {
  const std::vector<std::string> limited = {"pools.now=null", "pools.year.limit=5 nodes"};
  std::vector<std::string> more = limited;
  more[1] = "pools.year.limit=9 nodes";
  more.push_back("workloads.chat.demand.constant=60 requests/s");
  const Attribution found = between(run_with(limited), run_with(more));
  REQUIRE(found.shares.size() == 1);
  REQUIRE(found.shares[0].driver.name == "demand of chat with limit of year");
}

TEST_CASE("many changes are grouped until they can be told apart exactly", "[pipeline]") {
  std::vector<std::string> sets;
  for (const char* key : {"priority=2", "protected=50 %", "slo={e2e: {p95: 5 s}}", "demand.constant=30 requests/s"})
    for (const char* workload : {"chat", "twin"}) sets.push_back(std::string("workloads.") + workload + "." + key);
  const Run a = run_with({}), b = run_with(sets);
  const Attribution found = between(a, b);
  REQUIRE(found.plans <= 64);
  REQUIRE(sum(found) == b.ledger.totals.present_value - a.ledger.totals.present_value);
  std::size_t changes = 0;
  for (const DriverShare& one : found.shares) changes += one.driver.changes.size();
  REQUIRE(changes == sets.size());
}

TEST_CASE("costs of one's own are prices, and evaluated on the plan there is", "[pipeline]") {
  const Run a = run_with({"costs={people: {price: 10 k USD/month}}"});
  const Run b = run_with({"costs={people: {price: 12 k USD/month}, switches: {price: 90 k USD, life: 3 years}}"});
  const Attribution found = between(a, b);
  REQUIRE(found.plans == 2);
  REQUIRE(share(found, "cost of people") > Money());
  REQUIRE(share(found, "cost of switches") > Money());
  REQUIRE(sum(found) == b.ledger.totals.present_value - a.ledger.totals.present_value);
}

TEST_CASE("what refers to a value that only one scenario has keeps no drivers together", "[pipeline]") {
  const Run a = run_with({"pools.now.price={low: 45 USD/h, mid: 50 USD/h, high: 60 USD/h}", "pools.year.price={low: 28 USD/h, mid: 30 USD/h, high: 33 USD/h}", "correlations=[{of: [pools.now.price, pools.year.price], rank: 0.5}]"});
  const Run b = run_with({"pools.now.price=52 USD/h", "pools.year.price=31 USD/h"});
  const Attribution found = between(a, b);
  REQUIRE(share(found, "price of now") > Money());
  REQUIRE(share(found, "price of year") > Money());
}

TEST_CASE("prices in a currency that is worth more reach what load not served costs", "[pipeline]") {
  const std::vector<std::string> base_sets = {"fx={EUR: 1 USD}", "pools.now=null", "policies={unmet: {1: 0.01 EUR/request}}"};
  std::vector<std::string> more = base_sets;
  more[0] = "fx={EUR: 1.1 USD}";
  const Run a = run_with(base_sets), b = run_with(more);
  const Attribution found = between(a, b);
  Money unmet;
  for (const LineItem& line : a.ledger.lines)
    if (line.category == "unmet") unmet += line.present_value;
  REQUIRE(unmet > Money());
  REQUIRE(share(found, "currencies").approximate() == Approx(0.1 * unmet.approximate()));
}

TEST_CASE("more than twelve drivers are sampled: they keep their names, sum to the difference, and turn around with it", "[pipeline]") {
  std::vector<std::string> before, after;
  for (int i = 0; i < 12; ++i) {
    before.push_back("costs.item" + std::to_string(i) + ".price=" + std::to_string(1000 + 100 * i) + " USD/month");
    after.push_back("costs.item" + std::to_string(i) + ".price=" + std::to_string(1500 + 50 * i * i) + " USD/month");
  }
  for (const char* one : {"pools.now.price=60 USD/h", "finance.discount_rate=10 %", "regions.west.pue=1.3", "regions.west.electricity=0.11 USD/kWh", "workloads.chat.demand.constant=36 requests/s"}) after.emplace_back(one);
  const Run a = run_with(before), b = run_with(after);
  const Attribution forth = between(a, b), back = between(b, a), threads = between(a, b, 2);
  REQUIRE(forth.orders > 100);
  REQUIRE(forth.shares.size() == 18);  // and re-planning for the new prices
  REQUIRE(sum(forth) == b.ledger.totals.present_value - a.ledger.totals.present_value);
  for (std::size_t i = 0; i < forth.shares.size(); ++i) {
    const DriverShare& one = forth.shares[i];
    REQUIRE(share(back, one.driver.name) == -one.change);
    REQUIRE(threads.shares[i].change == one.change);
    Money parts;
    for (const auto& [category, amount] : one.by_category) parts += amount;
    REQUIRE(parts == one.change);
  }
  // A cost of its own meets only the discount rate: half of the orders have it before, half after, and 500 USD a month over two quarters.
  const double at_8 = 1500 * (1 + std::pow(1.08, -0.25)), at_10 = 1500 * (1 + std::pow(1.10, -0.25));
  for (const DriverShare& one : forth.shares)
    if (one.driver.name == "cost of item0") {
      CHECK(std::fabs(one.change.approximate() - (at_8 + at_10) / 2) <= 2 * one.half_width_usd + 1e-5);
      CHECK(one.half_width_usd <= (at_8 - at_10) / 2);
    }
}
