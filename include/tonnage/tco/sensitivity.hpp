// What moves an amount: each input of its line items a little higher, the plan held fixed, through the factors of the lines.
#pragma once

#include <string>
#include <vector>

#include "tonnage/documents/costs.hpp"
#include "tonnage/documents/ledger.hpp"

namespace tonnage::tco {

struct InputEffect {
  std::string path;
  double before = 0, after = 0;  ///< of the discount rate; 0 for inputs that amounts are proportional to
  Money change;                  ///< of the sum of the lines, each rounded once
};

/// `lines`: the factors of each. `share` 0.1: each input 10 % higher. Only inputs whose whole effect on the lines is in their factors: prices,
/// PUE, shares of prices, penalties, and the discount rate through the recovery of what is paid once. Largest first.
std::vector<InputEffect> input_effects(const std::vector<std::vector<Factor>>& lines, const Finance& finance, double share);

}  // namespace tonnage::tco
