// Numbers of a scenario that are given as a distribution; the typed Scenario holds their middle value.
#pragma once

#include <string>
#include <vector>

#include "tonnage/documents/spread.hpp"

namespace tonnage::scenario {

struct UncertainNumber {
  enum class Form { range, normal, lognormal };
  std::string path;                      ///< "pools.us-b200.price"
  Form form = Form::range;
  double low = 0, middle = 0, high = 0;  ///< of a range, in base units; the middle of every form
  double sd = 0;                         ///< of a normal
  double p90 = 0;                        ///< of a lognormal
};

/// Around its middle; `scale` takes base units to those of the typed scenario.
Spread spread_of(const UncertainNumber& number, double scale = 1);

/// Spearman's rank correlation of two uncertain numbers, by their place in the list of them.
struct Correlation {
  int a = 0, b = 0;
  double rank = 0;
};

struct Uncertainty {
  std::vector<UncertainNumber> numbers;  ///< in the order of the file
  std::vector<Correlation> correlations;
};

}  // namespace tonnage::scenario
