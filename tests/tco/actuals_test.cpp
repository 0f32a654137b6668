#include "test.hpp"

#include "allocate/small_fleet.hpp"
#include "tonnage/tco/actuals.hpp"

using namespace tonnage;
using tonnage::testing::Draw;
using tonnage::testing::random_fleet;

namespace {

const std::string heads = "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName,ServiceCategory,PricingQuantity,PricingUnit,RegionId,SkuId\n";

std::vector<tco::BillRow> bill_of(const std::string& rows, Diagnostics& diagnostics) {
  const std::string text = heads + rows;
  const int file = diagnostics.sources.add("bill.csv", text);
  return tco::read_bill(read_csv(text, file, diagnostics), "USD", file, diagnostics);
}

Scenario one_month() {
  Scenario s;
  s.period_kind = PeriodKind::month;
  s.periods = make_periods(*parse_date("2027-01-01"), PeriodKind::month, 1);
  return s;
}

tco::FocusRow planned(const std::string& sku, double hours, double price) {
  tco::FocusRow row;
  row.charge_category = "Usage";
  row.pricing_category = "Standard";
  row.service_category = "Compute";
  row.provider = "acme";
  row.region = "west";
  row.sku = sku;
  row.pricing_quantity = hours;
  row.unit = "Hours";
  row.effective = row.billed = Money::from_double(hours * price);
  return row;
}

Money causes(const tco::ActualCell& c) { return c.price + c.volume + c.mix + c.unsplit + c.only_billed + c.only_planned; }

}  // namespace

TEST_CASE("price, volume and mix as worked by hand", "[actuals]") {
  // Plan: 100 h at 1 and 100 h at 3. Bill: 90 h at 2 and 210 h at 3. Half as much again of each would be 150 h, +200 of volume; 60 h fewer
  // of the first at 1 and 60 h more of the second at 3 are +120 of mix; 90 h at 1 more are +90 of price.
  Diagnostics diagnostics;
  const auto bill = bill_of("180,180,USD,Usage,2027-01-01T00:00:00Z,2027-02-01T00:00:00Z,ACME,Compute,90,Hrs,West,small\n"
                            "630,630,USD,Usage,2027-01-01T00:00:00Z,2027-02-01T00:00:00Z,ACME,Compute,2.1,100 Hours,West,large\n", diagnostics);
  REQUIRE(!diagnostics.has_errors());
  const tco::Actuals found = tco::compare_actuals(one_month(), {planned("small", 100, 1), planned("large", 100, 3)}, bill);
  REQUIRE(found.cells.size() == 2);
  Money price, volume, mix;
  for (const tco::ActualCell& cell : found.cells) {
    REQUIRE(cell.matched());
    price += cell.price, volume += cell.volume, mix += cell.mix;
  }
  REQUIRE(price == Money::from_double(90));
  REQUIRE(volume == Money::from_double(200));
  REQUIRE(mix == Money::from_double(120));
  REQUIRE(found.cells[1].price == Money::from_double(90));
}

TEST_CASE("what has no counterpart is named, and what has no common quantity", "[actuals]") {
  Diagnostics diagnostics;
  const auto bill = bill_of("50,50,USD,Usage,2027-01-01T00:00:00Z,2027-02-01T00:00:00Z,acme,Compute,50,GB,west,small\n"
                            "7,7,USD,Tax,2027-01-01T00:00:00Z,2027-02-01T00:00:00Z,acme,Other,,,,\n"
                            "9,9,USD,Usage,2027-01-01T00:00:00Z,2027-02-01T00:00:00Z,acme,Compute,9,Hours,east,small\n"
                            "4,4,USD,Usage,2027-01-01T00:00:00Z,2027-02-01T00:00:00Z,other,Compute,4,Hours,west,small\n", diagnostics);
  const tco::Actuals found = tco::compare_actuals(one_month(), {planned("small", 100, 1), planned("large", 10, 3)}, bill);
  std::map<std::string, Money> missing;
  Money unsplit;
  for (const tco::ActualCell& cell : found.cells) {
    if (!cell.matched()) missing[cell.missing] += cell.difference();
    unsplit += cell.unsplit;
  }
  REQUIRE(unsplit == Money::from_double(-50));
  REQUIRE(missing == std::map<std::string, Money>{{"SKU 'large'", Money::from_double(-30)}, {"service 'Other'", Money::from_double(7)}, {"region 'east'", Money::from_double(9)}, {"provider 'other'", Money::from_double(4)}});
}

TEST_CASE("causes add up to the difference, and both sides to what they are", "[actuals]") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Draw draw(seed);
    const auto fleet = random_fleet(seed);
    const Plan plan = fleet.plan(0.01);
    if (plan.proof.status == "infeasible") continue;
    const auto rows = tco::focus_rows(fleet.scenario, fleet.demand, fleet.capacities, plan, fleet.ledger(plan));
    std::string text;
    Money billed, expected;
    for (const auto& row : rows) {
      expected += row.effective;
      if (row.effective == Money() || draw.between(0, 1) < 0.2) continue;
      const Money paid = Money::from_double(row.effective.approximate() * draw.between(0.5, 1.5));
      billed += paid;
      const Period& period = fleet.scenario.periods[static_cast<std::size_t>(row.period)];
      text += paid.to_string() + "," + paid.to_string() + ",USD,Usage," + to_string(period.start) + "," + to_string(period.end) + "," + row.provider + "," + row.service_category + "," + std::to_string(draw.between(0, 100)) + ",Hours," + row.region + "," + (draw.between(0, 1) < 0.1 ? "other" : row.sku) + "\n";
    }
    // The months of the plan are all there.
    text += "0,0,USD,Usage,2027-01-01,2027-02-01,own,Compute,,,,\n0,0,USD,Usage,2027-03-01,2027-04-01,own,Compute,,,,\n";
    Diagnostics diagnostics;
    const auto bill = bill_of(text, diagnostics);
    REQUIRE(!diagnostics.has_errors());
    Money plan_sum, actual_sum, cause_sum;
    for (const tco::ActualCell& cell : tco::compare_actuals(fleet.scenario, rows, bill).cells) {
      REQUIRE(causes(cell) == cell.difference());
      plan_sum += cell.plan.effective;
      actual_sum += cell.actual.effective;
      cause_sum += causes(cell);
    }
    REQUIRE(plan_sum == expected);
    REQUIRE(actual_sum == billed);
    REQUIRE(cause_sum == billed - expected);
  }
}

TEST_CASE("a charge of several months is divided by days, a one-time charge is not", "[actuals]") {
  Diagnostics diagnostics;
  const auto bill = bill_of("90,90,USD,Usage,2027-01-01T00:00:00Z,2027-04-01T00:00:00Z,acme,Compute,90,Hours,west,small\n", diagnostics);
  Scenario s = one_month();
  s.periods = make_periods(*parse_date("2027-01-01"), PeriodKind::quarter, 1);
  const auto cells = tco::compare_actuals(s, {planned("small", 90, 1)}, bill).cells;
  REQUIRE(cells.size() == 3);
  REQUIRE(cells[0].actual.effective == Money::from_double(31));
  REQUIRE(cells[1].actual.effective == Money::from_double(28));
  for (const auto& cell : cells) REQUIRE(cell.difference() == Money());
}

TEST_CASE("mistakes in a bill are located", "[actuals]") {
  Diagnostics diagnostics;
  bill_of("x,1,EUR,Usages,someday,2027-02-01,acme,Compute,many,Hours,west,small\n", diagnostics);
  REQUIRE(diagnostics.error_count() == 5);
  std::string all;
  for (const Diagnostic& one : diagnostics.sorted()) all += one.code + " " + diagnostics.sources.place(one.mark) + "\n";
  REQUIRE(all == "csv-number bill.csv:2:1\ncurrency bill.csv:2:5\nfocus-value bill.csv:2:9\ncsv-time bill.csv:2:16\ncsv-number bill.csv:2:48\n");
}
