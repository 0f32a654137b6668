// Complex exponential smoothing (Svetunkov, Kourentzes & Ord 2022). Private to the module.
#pragma once

#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

enum class CesSeason { none, simple, partial, full };

struct CesModel {
  CesSeason season = CesSeason::none;
  std::vector<double> parameter = {1.3, 1.0};  ///< a0, a1 and for the seasonal part b0 (partial) or b0, b1 (full)
  double aicc = 0;
  bool fitted = false;
};

/// Form of least AICc among those that the length allows; states before the first value by running the series backwards.
CesModel choose_ces(Values y, int season);
CesModel refit_ces(Values y, int season, const CesModel& start);
std::vector<double> forecast_ces(Values y, int season, const CesModel& model, int horizon);

}  // namespace tonnage::forecast
