#include "tonnage/documents/ledger.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"

namespace tonnage {

const std::vector<std::string>& cost_categories() {
  static const std::vector<std::string> names = {"capital", "network", "storage", "spares", "maintenance", "facility", "facility operation", "power", "staff", "lease", "commitment", "on-demand", "spot", "api", "failover", "colocation", "energy", "demand charge", "egress", "migration", "unspent", "run-off", "unmet"};
  return names;
}

bool is_cost_category(const std::string& name) { return std::find(cost_categories().begin(), cost_categories().end(), name) != cost_categories().end(); }

double product(const std::vector<Factor>& factors) {
  double out = 1;
  for (const Factor& factor : factors) out *= factor.value;
  return out;
}

double evaluate(const LineItem& line) { return product(line.factors); }

std::string formula(const LineItem& line) {
  std::string out = line.amount.to_string(2) + " USD =";
  for (std::size_t i = 0; i < line.factors.size(); ++i) {
    const Factor& f = line.factors[i];
    out += (i == 0 ? " " : " x ") + significant(f.value, 6);
    for (const std::string& word : {f.unit, f.name}) out += word.empty() ? "" : " " + word;
  }
  return out;
}

bool is_ledger_factor(const std::string& path) {
  const auto dot = path.rfind('.');
  if (dot == std::string::npos) return false;
  const std::string key = path.substr(dot + 1);
  if (path.rfind("pools.", 0) == 0 || path.rfind("costs.", 0) == 0) return key == "price" || key == "input_price";
  if (path.rfind("nodes.", 0) == 0) return key == "network" || key == "storage" || key == "maintenance";
  if (path.find(".facility.") != std::string::npos || path.ends_with(".power_offer.price")) return key == "price" || key == "operation";
  return path.rfind("regions.", 0) == 0 && (key == "pue" || key == "electricity" || key == "colocation" || key == "demand_charge" || key == "egress");
}

}  // namespace tonnage
