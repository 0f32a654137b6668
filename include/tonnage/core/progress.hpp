// How far long work is, for whoever waits for it.
#pragma once

#include <functional>
#include <limits>
#include <string>

namespace tonnage {

struct Progress {
  std::string what;                                        ///< "whole nodes"
  int done = 0, total = 0;                                 ///< where the work is counted
  double gap = std::numeric_limits<double>::quiet_NaN();   ///< between the best found and what is possible, relative; NaN: not known yet
};

/// May be called from several threads, often. Never changes a result.
using ProgressSink = std::function<void(const Progress&)>;

}  // namespace tonnage
