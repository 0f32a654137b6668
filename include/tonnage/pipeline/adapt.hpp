// How cost spreads where the plan may follow: every uncertain number of the scenario drawn, the plan made anew for each draw. What it
// is worth to know the numbers before anything is ordered (expected value of perfect information; Raiffa & Schlaifer 1961), and to
// wait a quarter with what would be ordered in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/core/calendar.hpp"
#include "tonnage/pipeline/what_if.hpp"
#include "tonnage/tco/uncertainty.hpp"

namespace tonnage::pipeline {

struct AdaptOptions {
  int draws = 32;
  std::optional<Money> budget;           ///< present value whose chance of being exceeded is asked
};

/// What is settled before the numbers are known.
enum class Settled {
  nothing,                               ///< the plan is made anew
  orders,                                ///< all orders as planned
  quarter,                               ///< orders of the first quarter as planned
  no_orders                              ///< that nothing is ordered in the first quarter
};

/// Cost over draws and outcomes of demand, in the scenario's currency. Intervals: bootstrap over draws (Efron 1979).
struct SettledCost {
  Settled settled = Settled::nothing;
  int draws = 0;                         ///< that have a plan
  tco::Sampled cost;                     ///< without indices
};

struct Adaptation {
  Money planned;                         ///< present value with all numbers at their middle
  int draws = 0;
  std::optional<Money> budget;
  std::vector<tco::UncertainInput> inputs;  ///< in the order of the file
  std::vector<std::string> left_out;     ///< uncertain numbers that cannot be set one by one: at their middle
  std::vector<SettledCost> costs;        ///< without the last two where nothing is ordered in the first quarter
  std::optional<tco::Estimate> knowing_first;  ///< of draws with a plan either way
  std::optional<tco::Estimate> waiting;  ///< negative: waiting costs
  Date quarter_end;                      ///< of the first quarter
  double open_usd = 0;                   ///< what the proofs of the plans leave open, on average
  std::vector<tco::TornadoBar> tornado;  ///< one input at its P10 and P90, planned anew; widest first
  std::string why_without;               ///< why a draw has no plan
};

/// `run`: the plan, with its ledger, of the scenario that `base` loads. Throws std::invalid_argument when the correlations cannot hold
/// together, and std::out_of_range for more than 32 inputs.
Adaptation adapt(const Run& run, const scenario::LoadOptions& base, const Catalog& catalog, FileSystem& files, const RunOptions& options, StageCache& cache, const AdaptOptions& how);

}  // namespace tonnage::pipeline
