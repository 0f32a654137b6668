// The values of a scenario that lines of a ledger multiply by, each once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "workbook.hpp"

namespace tonnage::report {

struct Assumption {
  std::string path, what, unit;
  double value = 0;
  std::optional<Recovery> recovery;  ///< how it follows the discount rate
};

class Assumptions {
 public:
  explicit Assumptions(const pipeline::Run& run);

  /// What a factor's cell says: "assumptions!$C$5", times what it differs by (escalation); empty for a computed factor.
  std::string formula(const LineItem& line, const Factor& factor) const;
  /// The discount factor of a period, from the sheet's rate.
  std::string discount_formula(int period) const;
  /// The sheet `assumptions`.
  void sheet(Workbook& book) const;

 private:
  void rate_rows(Workbook& book) const;
  Assumption of(const LineItem& line, const Factor& factor) const;
  using Key = std::tuple<std::string, std::string, std::string, double>;
  static Key key(const Assumption& one) { return {one.path, one.what, one.unit, one.value}; }

  const pipeline::Run& run_;
  std::vector<Assumption> list_;
  std::map<Key, int> row_;
};

}  // namespace tonnage::report
