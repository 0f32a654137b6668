#include "memory_files.hpp"
#include "test.hpp"

#include <cmath>

#include "tonnage/catalog/catalog.hpp"
#include "tonnage/scenario/load.hpp"

using namespace tonnage;
using namespace tonnage::scenario;
using tonnage::testing::MemoryFiles;

namespace {

const std::string base = R"(tonnage: 1
name: small
horizon: {start: 2027-01-01, periods: 4, period: quarter}
regions:
  us: {site: own, power: 2 MW, electricity: 0.08 USD/kWh, pue: 1.2}
pools:
  own: {region: us, node: h100x8, offer: owned, nodes: 10, price: 285 k USD}
  more: {region: us, node: h100x8, offer: purchase, price: 300 k USD, lead_time: 4 months, supply: 8 nodes/quarter}
workloads:
  chat:
    model: llama-3.1-8b
    shape: {input: {mean: 500}, output: {mean: 100}}
    slo: {tpot: {p95: 50 ms}}
    demand: {constant: 100 requests/s}
)";

std::optional<LoadedScenario> load(MemoryFiles& files, Diagnostics& d, std::vector<std::string> sets = {}, std::vector<std::string> overlays = {}) {
  return load_scenario({"a.yaml", std::move(overlays), std::move(sets), false}, shipped_catalog(), files, d);
}

std::optional<LoadedScenario> load_text(const std::string& text, Diagnostics& d, std::vector<std::string> sets = {}) {
  MemoryFiles files;
  files.files = {{"a.yaml", text}};
  return load(files, d, std::move(sets));
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a scenario becomes typed values in base units", "[scenario]") {
  Diagnostics d;
  const auto loaded = load_text(base, d);
  INFO(render(d, false));
  REQUIRE(loaded);
  const Scenario& s = loaded->scenario;
  CHECK(s.periods.size() == 4);
  CHECK(s.regions[0].power_w == std::vector<double>(4, 2e6));
  CHECK(s.regions[0].electricity_usd_per_wh == Approx(0.08 / 1000));
  CHECK(s.pools[1].lead_time_months == Approx(4));
  CHECK(s.pools[1].supply_nodes == std::vector<double>(4, 8));
  CHECK(s.pools[0].in_service_nodes == std::vector<double>(4, 10));
  CHECK(s.workloads[0].slo.tpot[0].limit_s == Approx(0.05));
  CHECK(*s.workloads[0].demand.constant_per_s == 100);
  CHECK(s.nodes[0].type.power_w > 5000);
  CHECK(d.warning_count() == 0);
}

TEST_CASE("JSON is read as the same scenario", "[scenario]") {
  Diagnostics d;
  const auto loaded = load_text(R"({"tonnage": 1, "horizon": {"start": "2027-01-01", "periods": 2}, "regions": {"us": {"site": "cloud"}},
    "pools": {"p": {"region": "us", "node": "h100x8", "offer": "on-demand", "price": "55 USD/h"}},
    "workloads": {"w": {"capacity": {"h100x8": [{"accelerators": 1, "load": "2 requests/s"}]}, "demand": {"constant": "10 requests/s"}}}})", d);
  INFO(render(d, false));
  REQUIRE(loaded);
  CHECK(loaded->scenario.pools[0].price_usd_per_hour == Approx(55));
  CHECK(loaded->scenario.name == "a");
}

TEST_CASE("two mistakes are reported at their exact places in one run", "[scenario]") {
  Diagnostics d;
  CHECK_FALSE(load_text(with(with(base, "power: 2 MW", "power: 2 MWh"), "node: h100x8, offer: owned", "node: h100x9, offer: owned"), d));
  REQUIRE(d.error_count() == 2);
  const auto errors = d.sorted();
  CHECK(errors[0].code == "unknown-unit");
  CHECK(errors[0].mark.line == 5);
  CHECK(errors[0].mark.column == 26);
  CHECK(errors[0].hint == "did you mean '2 MW'?");
  CHECK(errors[1].code == "unknown-name");
  CHECK(errors[1].mark.line == 7);
  CHECK(errors[1].mark.column == 27);
}

TEST_CASE("--set and overlays change values, with located errors", "[scenario]") {
  Diagnostics d;
  auto loaded = load_text(base, d, {"regions.us.pue=1.25", "pools.more.price=400 k USD", "policies.headroom=12 %"});
  INFO(render(d, false));
  REQUIRE(loaded);
  CHECK(loaded->scenario.regions[0].pue == 1.25);
  CHECK(loaded->scenario.pools[1].price_usd_once == 400000);
  CHECK(loaded->scenario.policies.headroom == Approx(0.12));
  Diagnostics bad;
  CHECK_FALSE(load_text(base, bad, {"regions.us.pue=big"}));
  REQUIRE(bad.error_count() == 1);
  CHECK(bad.sources.place(bad.items()[0].mark) == "--set:1:16");
  MemoryFiles files;
  files.files = {{"a.yaml", base}, {"over.yaml", "regions: {us: {pue: 1.5}}\npools: {more: null}\n"}};
  Diagnostics over;
  loaded = load(files, over, {"regions.us.pue=1.6"}, {"over.yaml"});
  INFO(render(over, false));
  REQUIRE(loaded);
  CHECK(loaded->scenario.regions[0].pue == 1.6);
  CHECK(loaded->scenario.pools.size() == 1);
}

TEST_CASE("extends merges by key; cycles and escapes are refused", "[scenario]") {
  MemoryFiles files;
  files.files = {{"a.yaml", "extends: base.yaml\nregions: {us: {pue: 1.4}}\n"}, {"base.yaml", base}};
  Diagnostics d;
  const auto loaded = load(files, d);
  INFO(render(d, false));
  REQUIRE(loaded);
  CHECK(loaded->scenario.regions[0].pue == 1.4);
  CHECK(loaded->inputs.size() == 2);
  files.files = {{"a.yaml", "extends: b.yaml\n"}, {"b.yaml", "extends: a.yaml\n"}};
  Diagnostics cycle;
  CHECK_FALSE(load(files, cycle));
  CHECK(cycle.items()[0].code == "cycle");
  files.files = {{"a.yaml", "extends: /etc/passwd\n"}};
  Diagnostics outside;
  CHECK_FALSE(load(files, outside));
  CHECK(outside.items()[0].code == "outside");
}

TEST_CASE("a key that no stage acts on is warned about", "[scenario]") {
  Diagnostics d;
  std::string text = base;
  text.insert(text.find("nodes: 10, "), "interruption: 5 %/day, ");
  REQUIRE(load_text(text, d));
  REQUIRE(d.warning_count() == 1);
  CHECK(d.items()[0].code == "not-yet");
  CHECK(d.items()[0].mark.line == 7);
}

TEST_CASE("an uncertain number is read at its middle, its spread beside it", "[scenario]") {
  Diagnostics d;
  const auto loaded = load_text(with(base, "price: 300 k USD", "price: {low: 250 k USD, mid: 310 k USD, high: 400 k USD}"), d);
  REQUIRE(loaded);
  CHECK(loaded->scenario.pools[1].price_usd_once == 310000);
  REQUIRE(loaded->uncertainty.numbers.size() == 1);
  const UncertainNumber& number = loaded->uncertainty.numbers[0];
  CHECK(number.path.find(".price") != std::string::npos);
  CHECK(number.low == 250000);
  CHECK(number.middle == 310000);
  CHECK(number.high == 400000);
  CHECK(d.warning_count() == 0);  // tco --uncertainty acts on prices
  Diagnostics disorder;
  CHECK_FALSE(load_text(with(base, "price: 300 k USD", "price: {low: 450 k USD, mid: 310 k USD, high: 400 k USD}"), disorder));
}

TEST_CASE("aliases are resolved within a budget, whatever their depth", "[scenario]") {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  Diagnostics d;
  CHECK_FALSE(parse_tree(bomb, d.sources.add("bomb", bomb), d));
  CHECK(d.items()[0].code == "too-large");
  std::string deep = "a0: &a0 x\n";
  for (int i = 1; i < 200; ++i) deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  Diagnostics e;
  CHECK_FALSE(parse_tree(deep, e.sources.add("deep", deep), e));
  CHECK(e.items()[0].code == "too-deep");
}

TEST_CASE("a history is read long or wide, and its gaps must be accepted", "[scenario]") {
  MemoryFiles files;
  const std::string history = with(base, "demand: {constant: 100 requests/s}", "demand: {history: h.csv, unit: requests/h}");
  files.files = {{"a.yaml", history}, {"h.csv", "time,value\n2026-01-01 00:00,3600\n2026-01-01 01:00,7200\n2026-01-01 03:00,3600\n"}};
  Diagnostics gap;
  CHECK_FALSE(load(files, gap));
  CHECK(gap.items()[0].code == "gap");
  files.files["a.yaml"] = with(history, "slo:", "gaps: interpolate\n    slo:");
  Diagnostics d;
  const auto loaded = load(files, d);
  INFO(render(d, false));
  REQUIRE(loaded);
  const HistorySeries& series = loaded->scenario.workloads[0].demand.history[0];
  CHECK(series.step_s == 3600);
  REQUIRE(series.values.size() == 4);
  CHECK(series.values[1] == Approx(2));
  CHECK(std::isnan(series.values[2]));
}

TEST_CASE("monthly observations are regular although months are not", "[scenario]") {
  Diagnostics d;
  const std::string text = "time,value\n2026-01-01,1\n2026-02-01,2\n2026-03-01,3\n2026-05-01,5\n";
  const auto series = read_series(text, d.sources.add("m.csv", text), d);
  REQUIRE(series.size() == 1);
  CHECK(series[0].series.values.size() == 5);
  CHECK(std::isnan(series[0].series.values[3]));
}

TEST_CASE("quarters, years and ends of months have the steps of the calendar", "[scenario]") {
  Diagnostics d;
  const auto read = [&](const std::string& times) {
    std::string text = "time,value\n";
    for (std::size_t at = 0; at < times.size(); at += 11) text += times.substr(at, 10) + ",1\n";
    const auto series = read_series(text, d.sources.add("m.csv", text), d);
    REQUIRE(series.size() == 1);
    return series[0];
  };
  const auto next = [](const NamedSeries& s, int ahead) { return time_to_string(time_at(s, static_cast<long long>(s.series.values.size()) - 1 + ahead)).substr(0, 10); };
  const NamedSeries quarters = read("2025-01-01 2025-04-01 2025-07-01 2025-10-01");
  CHECK(quarters.series.values.size() == 4);
  CHECK(next(quarters, 1) == "2026-01-01");
  CHECK(step_at(quarters, *parse_time("2026-04-01")) == 5);
  CHECK_FALSE(step_at(quarters, *parse_time("2026-05-01")));
  CHECK(next(read("2023-03-01 2024-03-01 2026-03-01"), 2) == "2028-03-01");
  const NamedSeries ends = read("2025-11-30 2025-12-31 2026-01-31");
  CHECK(ends.series.values.size() == 3);
  CHECK(next(ends, 1) == "2026-02-28");
  CHECK(next(ends, 25) == "2028-02-29");
  CHECK(next(read("2026-01-30 2026-02-28 2026-03-30"), 1) == "2026-04-30");
  CHECK(read("2026-01-05 2026-01-12 2026-01-19").series.step_s == 7 * 86400);
  CHECK(!d.has_errors());
}

TEST_CASE("versions become workloads of their own, each with its share of the days", "[scenario]") {
  Diagnostics d;
  const std::string versions = "    versions:\n      - {from: 2027-05-16, model: llama-3.1-70b, share: 60 %}\n      - {from: 2027-10-01, model: llama-3.1-70b, share: 100 %, precision: fp8}\n";
  const auto loaded = load_text(base + versions, d);
  INFO(render(d, false));
  REQUIRE(loaded);
  const auto& workloads = loaded->scenario.workloads;
  REQUIRE(workloads.size() == 2);
  CHECK(workloads[1].name == "chat/llama-3.1-70b");
  CHECK(workloads[1].version_of == "chat");
  CHECK(workloads[1].model.name == "llama-3.1-70b");
  CHECK(workloads[1].slo.tpot.size() == 1);
  const double second = 0.6 * 46 / 91;  // 16 May to 30 June
  CHECK(workloads[1].load_share[0] == 0);
  CHECK(workloads[1].load_share[1] == Approx(second));
  CHECK(workloads[1].load_share[2] == Approx(0.6));
  CHECK(workloads[1].load_share[3] == Approx(1));
  for (std::size_t t = 0; t < 4; ++t) CHECK(workloads[0].load_share[t] + workloads[1].load_share[t] == Approx(1));
}
