// Demand: how much load arises where and when, how sure that is, and how good the method was on the past.
#pragma once

#include <string>
#include <vector>

#include "tonnage/core/calendar.hpp"

namespace tonnage {

/// A set of alike hours within a period.
struct Block {
  std::string name;                 ///< "peak", "day", "night", or as given
  std::vector<double> hours;        ///< by period; sums over blocks to the period's hours
};

/// One possible future of demand.
struct Outcome {
  std::string name;                 ///< "low", "base", "high", or as given
  double probability = 1;
};

/// Load of one workload from one origin.
struct DemandSeries {
  std::string workload;
  std::string origin;               ///< "anywhere" when demand is not split by origin
  std::string unit;                 ///< "requests/s" or "accelerators"
  std::vector<double> load_per_s;   ///< [outcome][period][block], flat: (s * periods + t) * blocks + b
  std::string peak_block{};         ///< block of its highest load; empty: its history tells no hours apart
  double peak_error = 0;            ///< its highest hour of the week over the mean of that block, minus 1
};

/// How good the method was on the past: rolling-origin errors against seasonal naive.
struct Backtest {
  int origins = 0;                  ///< forecasts made from earlier points of the history; 0: no history
  int horizon_steps = 0;            ///< longest one, in steps of the series it was made on
  double error = 0;                 ///< sum of absolute errors / sum of actuals (WAPE)
  double naive_error = 0;           ///< the same for seasonal naive
  double mase = 0;                  ///< mean absolute scaled error (Hyndman & Koehler 2006)
  double naive_mase = 0;
  double coverage_80 = 0;           ///< share of actuals inside the 80 % interval, out of sample
};

/// What the forecast says about one workload, all origins together.
struct WorkloadForecast {
  std::string workload;
  std::string unit;
  std::string method;               ///< "damped trend", "seasonal naive", "bass", "constant", "given", ...
  std::string reason;               ///< why this method, in words
  Backtest backtest;
  double peak_to_mean = 1;          ///< highest hour of the week over the mean hour
  double peak_block_error = 0;      ///< highest hour of the week over the mean of the peak block, minus 1
  std::vector<double> mean_per_s;   ///< expected mean load by period
  std::vector<double> p10_per_s, p50_per_s, p90_per_s;  ///< quantiles of the mean load by period
};

struct Demand {
  std::vector<Period> periods;
  std::vector<Block> blocks;        ///< the block of highest total load comes first
  std::vector<Outcome> outcomes;
  std::vector<DemandSeries> series; ///< by workload in the scenario's order, then origin
  std::vector<WorkloadForecast> forecasts;
  std::vector<std::string> remarks; ///< what a reader must know: gaps filled, short history

  double load(const DemandSeries& one, int outcome, int period, int block) const {
    return one.load_per_s[static_cast<std::size_t>((outcome * static_cast<int>(periods.size()) + period) *
                                                       static_cast<int>(blocks.size()) + block)];
  }
};

}  // namespace tonnage
