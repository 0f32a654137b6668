// What a changed value of a scenario drives, in the words of a report, and how finely changes are told apart.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tonnage/pipeline/attribution.hpp"

namespace tonnage::pipeline {

/// One changed value. `names`: of the driver it belongs to, from the finest grouping to the coarsest.
struct Classified {
  scenario::Change change;
  std::string kind;
  bool replanned = false;  ///< the plan must be made again; else its ledger is evaluated with the other value
  std::array<std::string, 4> names;
};

/// Nothing for a value that no cost depends on (a name, a check).
std::vector<Classified> classify(const std::vector<scenario::Change>& changes);

/// As fine as the counts allow, ordered by name: at most 6 players that are planned anew (re-planning for changed prices is one of
/// them), `most` in all.
std::vector<Driver> group(const std::vector<Classified>& changes, int most);

}  // namespace tonnage::pipeline
