// Commitment portfolios as a page and tables.
#pragma once

#include <string>
#include <vector>

#include "tonnage/report/page.hpp"
#include "tonnage/tco/commitments.hpp"

namespace tonnage::report {

struct MarketChoice {
  tco::CommitmentMarket market;
  std::vector<tco::CommitmentResult> results;  ///< the best first
};

Page commitments_page(const Scenario& scenario, const std::vector<MarketChoice>& choices, double level);
/// A row for each market and way to commit.
Table commitment_results_table(const std::vector<MarketChoice>& choices, double level);
std::string commitments_json(const Scenario& scenario, const std::vector<MarketChoice>& choices, double level);

}  // namespace tonnage::report
