#include "assumptions.hpp"

#include <algorithm>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/scenario/difference.hpp"

namespace tonnage::report {

namespace {

constexpr int value_column = 2;
constexpr int rate_row = 1;    // the discount rate of a year
constexpr int month_row = 2;   // what it is a month
constexpr int first_row = 3;

std::string source_of(const Scenario& s, const std::string& path) {
  for (const NodeSpec& node : s.nodes)
    if (path.rfind("nodes." + node.type.name + ".", 0) == 0 && !node.type.source.text.empty()) return node.type.source.text + (node.type.source.as_of.empty() ? "" : ", " + node.type.source.as_of);
  return "scenario";
}

std::string value_cell(int row) { return cell_name(row, value_column); }

/// The level payment a month for 1 USD less what is left of it; cells of this sheet.
std::string recovery_formula(const Finance& finance, const Recovery& r) {
  const std::string life = shortest(r.life_months), year = value_cell(rate_row), month = value_cell(month_row);
  const bool yearly = finance.compounding == Compounding::annual;
  const std::string level = yearly ? year + "/(1-POWER(1+" + year + ",-" + life + "/12))/12" : month + "/(1-POWER(1+" + month + ",-" + life + "))";
  std::string out = "IF(" + year + "=0,1/" + life + "," + level + ")";
  if (r.residual_share != 0) out = "(1-" + shortest(r.residual_share) + "*POWER(1+" + month + ",-" + life + "))*" + out;
  if (r.scale != 1) out = shortest(r.scale) + "*" + out;
  return r.offset == 0 ? out : shortest(r.offset) + "+" + out;
}

}  // namespace

Assumption Assumptions::of(const LineItem& line, const Factor& factor) const {
  Assumption out{factor.path, factor.name.empty() ? line.category : factor.name, factor.unit, factor.value, factor.recovery};
  const bool electricity = line.category == "energy" && factor.path.size() > 12 && factor.path.compare(factor.path.size() - 12, 12, ".electricity") == 0;
  if (!electricity) return out;
  const Scenario& s = run_.loaded.scenario;
  const Region& region = s.regions[static_cast<std::size_t>(region_index(s, line.region))];
  if (region.electricity_usd_per_wh > 0) out.value = region.electricity_usd_per_wh * 1000;  // before escalation
  return out;
}

Assumptions::Assumptions(const pipeline::Run& run) : run_(run) {
  for (const LineItem& line : run.ledger.lines)
    for (const Factor& factor : line.factors) {
      if (factor.path.empty()) continue;
      const Assumption one = of(line, factor);
      if (row_.emplace(key(one), first_row + static_cast<int>(list_.size())).second) list_.push_back(one);
    }
}

std::string Assumptions::formula(const LineItem& line, const Factor& factor) const {
  if (factor.path.empty()) return {};
  const Assumption one = of(line, factor);
  const std::string cell = "assumptions!" + cell_name(row_.at(key(one)), value_column);
  return one.value == factor.value || one.value == 0 ? cell : cell + "*" + shortest(factor.value / one.value);
}

std::string Assumptions::discount_formula(int period) const {
  const Scenario& s = run_.loaded.scenario;
  const double within = s.finance.timing == PaymentTiming::start ? 0 : s.finance.timing == PaymentTiming::mid ? 0.5 : 1;
  return "POWER(1+assumptions!" + value_cell(month_row) + ",-" + shortest((period + within) * period_months(s)) + ")";
}

void Assumptions::rate_rows(Workbook& book) const {
  const Finance& finance = run_.loaded.scenario.finance;
  const bool nominal = finance.compounding == Compounding::nominal_monthly;
  book.text(rate_row, 0, "finance.discount_rate");
  book.text(rate_row, 1, "discount rate");
  book.number(rate_row, value_column, finance.discount_rate_per_year, 6);
  book.text(rate_row, 3, "a year");
  book.text(month_row, 0, "finance.discount_rate");
  book.text(month_row, 1, std::string("the same a month, ") + to_string(finance.compounding));
  book.formula(month_row, value_column, nominal ? value_cell(rate_row) + "/12" : "POWER(1+" + value_cell(rate_row) + ",1/12)-1", monthly_rate(finance), 6);
  book.text(month_row, 3, "a month");
  const auto& places = run_.loaded.places;
  const auto place = std::find_if(places.begin(), places.end(), [](const scenario::Place& one) { return one.path == "finance.discount_rate"; });
  book.text(rate_row, 5, place == places.end() ? "" : place->where);
  book.text(rate_row, 6, place == places.end() ? "default" : "scenario");
}

void Assumptions::sheet(Workbook& book) const {
  book.sheet("assumptions");
  int column = 0;
  for (const char* name : {"path", "what", "value", "unit", "written", "place", "source"}) book.text(0, column++, name, Look::head);
  std::map<std::string, std::string> places;
  for (const scenario::Place& place : run_.loaded.places) places.emplace(place.path, place.where);
  rate_rows(book);
  int row = first_row;
  for (const Assumption& one : list_) {
    const auto place = places.find(one.path);
    book.text(row, 0, one.path);
    book.text(row, 1, one.what);
    if (one.recovery) book.formula(row, value_column, recovery_formula(run_.loaded.scenario.finance, *one.recovery), one.value, 6);
    else book.number(row, value_column, one.value, one.value == static_cast<double>(static_cast<long long>(one.value)) ? 0 : 6);
    book.text(row, 3, one.unit);
    const auto keys = split(one.path, '.');
    const scenario::Node* node = scenario::value_at(run_.loaded.tree, {keys.begin(), keys.end()});
    book.text(row, 4, node == nullptr ? "" : scenario::written(*node));
    book.text(row, 5, place == places.end() ? "" : place->second);
    book.text(row, 6, source_of(run_.loaded.scenario, one.path));
    ++row;
  }
  book.filter(0, row - 1, 6, 0);
  book.text(row + 1, 0, "change a price or the discount rate here and the ledger, the sums and the summary follow; the plan, who runs where and what is ordered, stays as it was", Look::note);
}

}  // namespace tonnage::report
