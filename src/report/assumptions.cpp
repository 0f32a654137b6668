#include "assumptions.hpp"

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/scenario/difference.hpp"

namespace tonnage::report {

namespace {

constexpr int value_column = 2;
constexpr int first_row = 1;

std::string source_of(const Scenario& s, const std::string& path) {
  for (const NodeSpec& node : s.nodes)
    if (path.rfind("nodes." + node.type.name + ".", 0) == 0 && !node.type.source.text.empty()) return node.type.source.text + (node.type.source.as_of.empty() ? "" : ", " + node.type.source.as_of);
  return "scenario";
}

}  // namespace

Assumption Assumptions::of(const LineItem& line, const Factor& factor) const {
  Assumption out{factor.path, factor.name.empty() ? line.category : factor.name, factor.unit, factor.value};
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

void Assumptions::sheet(Workbook& book) const {
  book.sheet("assumptions");
  int column = 0;
  for (const char* name : {"path", "what", "value", "unit", "written", "place", "source"}) book.text(0, column++, name, Look::head);
  std::map<std::string, std::string> places;
  for (const scenario::Place& place : run_.loaded.places) places.emplace(place.path, place.where);
  int row = first_row;
  for (const Assumption& one : list_) {
    const auto place = places.find(one.path);
    book.text(row, 0, one.path);
    book.text(row, 1, one.what);
    book.number(row, value_column, one.value, one.value == static_cast<double>(static_cast<long long>(one.value)) ? 0 : 6);
    book.text(row, 3, one.unit);
    const auto keys = split(one.path, '.');
    const scenario::Node* node = scenario::value_at(run_.loaded.tree, {keys.begin(), keys.end()});
    book.text(row, 4, node == nullptr ? "" : scenario::written(*node));
    book.text(row, 5, place == places.end() ? "" : place->second);
    book.text(row, 6, source_of(run_.loaded.scenario, one.path));
    ++row;
  }
  book.filter(0, row - 1, 6, 0);
  book.text(row + 1, 0, "change a value here and the ledger, the sums and the summary follow; the plan, who runs where and what is ordered, stays as it was", Look::note);
}

}  // namespace tonnage::report
