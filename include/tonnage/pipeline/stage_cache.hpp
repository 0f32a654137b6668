// What stages made, for runs that ask the same of them: of many scenarios that differ in a few values, each stage runs anew only
// where what it reads is different. Results are the same to the byte with and without it, but for `approach`.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tonnage/allocate/allocate.hpp"
#include "tonnage/capacity/curve_memo.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/scenario.hpp"
#include "tonnage/optimize/linear_program.hpp"

namespace tonnage::pipeline {

/// Everything that the forecast of a scenario reads. A new field of a scenario does not compile until it is decided on.
std::string forecast_key(const Scenario& scenario, std::uint64_t seed);

/// Safe to use from several threads.
class StageCache {
 public:
  /// The forecast of the scenario, made when it is the first of its kind.
  Demand demand(const Scenario& scenario, std::uint64_t seed);
  capacity::CurveMemo& curves() { return curves_; }
  /// A solver that does not solve a program twice.
  std::unique_ptr<optimize::Solver> solver();
  /// How the first what-if of a large fleet was planned; the others begin there. Not for several threads.
  std::shared_ptr<const allocate::Approach> approach;

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Demand> demands_;
  capacity::CurveMemo curves_;
  std::shared_ptr<optimize::SolutionMemo> solutions_ = std::make_shared<optimize::SolutionMemo>();
};

}  // namespace tonnage::pipeline
