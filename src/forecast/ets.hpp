// Exponential smoothing state space models (Hyndman, Koehler, Snyder & Grose 2002; Hyndman et al. 2008). Private to the module.
#pragma once

#include <string>
#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

/// Error A or M; trend N or A, perhaps damped; season N, A or M. Additive error with multiplicative season is left out (it
/// divides by states that may reach zero), as are multiplicative trends (they forecast poorly; Hyndman & Athanasopoulos).
struct EtsForm {
  bool multiplicative_error = false, trend = false, damped = false;
  char season = 'N';

  std::string name() const;  ///< "ETS(A,Ad,N)"
};

struct EtsModel {
  EtsForm form;
  double alpha = 0.3, beta = 0.05, gamma = 0.05, phi = 0.95;
  double aicc = 0, weight = 1;
  bool fitted = false;
};

/// Which forms to try.
enum class EtsScope { all, without_season, additive };

/// The `most` forms of least AICc, best first, with Akaike weights (Burnham & Anderson 2002): parameters by Nelder & Mead in the usual region (0 < alpha < 1, 0 < beta < alpha,
/// 0 < gamma < 1 - alpha, 0.8 <= phi <= 0.98, which is admissible but for slivers that are tested), initial states by
/// running the series backwards; for the forms without any M by exact least squares given the parameters, so that the search
/// has at most four dimensions. `season` < 2 or too short a series leaves the season out.
std::vector<EtsModel> choose_ets(Values y, int season, EtsScope scope, int most);

/// Fits the parameters of a form again, from where `start` is.
EtsModel refit_ets(Values y, int season, const EtsModel& start);

/// Point forecast of a fitted model: initial states and filter run again on `y`.
std::vector<double> forecast_ets(Values y, int season, const EtsModel& model, int horizon);
/// Weighted mean of several.
std::vector<double> forecast_ets(Values y, int season, const std::vector<EtsModel>& models, int horizon);

}  // namespace tonnage::forecast
