// What is worked out about one series on its own: gaps filled, members run on the whole and from earlier origins. Private to the module.
#pragma once

#include <string>
#include <vector>

#include "members.hpp"

namespace tonnage::forecast {

/// The series with gaps filled, what was really seen, and what its sign allows.
struct Prepared {
  std::vector<double> filled;
  std::vector<double> seen;  ///< NaN where missing
  int ahead = 0;             ///< missing values at the end, forecast across
  bool positive = false;     ///< all values >= 0 and some > 0
  bool negative = false;     ///< some value is below 0
};
Prepared prepare(Values history, int season);

/// Forecasts from one earlier origin.
struct Trial {
  int origin = 0;                            ///< values known
  std::vector<std::vector<double>> members;  ///< by member of the plan; empty: could not serve
  std::vector<double> naive;                 ///< seasonal naive
  std::vector<double> actual;                ///< NaN: not seen, not scored
  double scale = 0;                          ///< part of the size of its errors that does not depend on the step: error_scale()
};

struct Candidates {
  Prepared data;
  Plan plan;
  int season = 1, horizon = 0;               ///< as asked for; `horizon` without the trailing gap
  std::vector<std::vector<double>> ahead;    ///< by member, over trailing gap and horizon
  std::vector<Trial> trials;                 ///< oldest first
  std::vector<double> bursts;                ///< what isolated bursts before the first trial had over the usual
  int trial_horizon = 0, trial_stride = 1;
  double scale = 0;                          ///< as of a trial, at the end of the history
};

struct CandidateOptions {
  int season = 1, horizon = 1;
  std::vector<std::string> methods;          ///< empty: the plan's own
};

/// d_m^0.2 d_1^0.35 l^0.1 of what was known: mean sizes of seasonal differences, of the latest first differences of the
/// seasonally adjusted series, and of the values. The size of an error is this times (spread of the members)^0.35; the powers
/// are rounded from a regression of the logs of absolute errors on the logs of these (docs/methods-forecast.md).
double error_scale(Values y, int season);

/// Runs all members. Pure.
Candidates make_candidates(Values history, const CandidateOptions& options);

}  // namespace tonnage::forecast
