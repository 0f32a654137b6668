// Seasonal ARIMA by conditional sum of squares, orders by the stepwise search of Hyndman & Khandakar 2008. Private to the module.
#pragma once

#include <string>
#include <vector>

#include "numerics.hpp"

namespace tonnage::forecast {

struct ArimaOrder {
  int p = 0, d = 0, q = 0, seasonal_p = 0, seasonal_d = 0, seasonal_q = 0, season = 1;
  bool constant = false;

  std::string name() const;  ///< "ARIMA(1,1,1)(0,1,1)12 with drift"
};

struct ArimaModel {
  ArimaOrder order;
  std::vector<double> partial;  ///< partial autocorrelations (Monahan 1984), as atanh: AR, MA, seasonal AR, seasonal MA
  double mean = 0;              ///< of the differenced series
  double variance = 0;
  double aicc = 0, weight = 1;
  bool fitted = false;
};

/// Differences by the KPSS test (5 %) and the seasonal strength of Wang, Smith & Hyndman 2006 (above 0.64), orders p, q up to
/// 5, P, Q up to 2, stepwise by AICc, the `most` best of those tried with Akaike weights; parameters by Levenberg-Marquardt in the space of partial autocorrelations, so that every
/// trial is stationary and invertible.
std::vector<ArimaModel> choose_arima(Values y, int season, int most);
ArimaModel refit_arima(Values y, const ArimaModel& start);
std::vector<double> forecast_arima(Values y, const ArimaModel& model, int horizon);
/// Mean by Akaike weights.
std::vector<double> forecast_arima(Values y, const std::vector<ArimaModel>& models, int horizon);

}  // namespace tonnage::forecast
