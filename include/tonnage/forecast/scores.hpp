// Yardsticks of forecasts. Entries where the actual is NaN are left out; without any entry a score is 0.
#pragma once

#include <span>
#include <vector>

namespace tonnage::forecast {

using Numbers = std::span<const double>;

/// Symmetric mean absolute percentage error, percent: mean of 200 |y - f| / (|y| + |f|), 0 where both are 0 (Makridakis et al. 2020).
double smape(Numbers actual, Numbers forecast);

/// Mean absolute difference over one season of the training part, in its unit: the denominator of MASE.
double mase_scale(Numbers training, int season);
/// Mean absolute scaled error (Hyndman & Koehler 2006): mean |y - f| over mase_scale(training, season).
double mase(Numbers actual, Numbers forecast, Numbers training, int season);

/// Naive 2 of the M4 organisers: last value of the series adjusted by multiplicative classical decomposition where the 90 %
/// autocorrelation test says that it is seasonal, indices put back.
std::vector<double> naive2(Numbers training, int season, int horizon);
/// Overall weighted average of M4 over several series: mean of (mean sMAPE / that of Naive 2) and (mean MASE / that of Naive 2).
double owa(double smape, double mase, double naive2_smape, double naive2_mase);

/// Mean scaled interval score at level 1 - alpha (Gneiting & Raftery 2007; M4): mean of (u - l) + 2/alpha (distance outside), over
/// mase_scale.
double msis(Numbers actual, Numbers lower, Numbers upper, double level, Numbers training, int season);
/// Share of actuals within [lower, upper].
double coverage(Numbers actual, Numbers lower, Numbers upper);
/// Mean pinball loss of a quantile forecast: (y - q) p for y above q, (q - y)(1 - p) below (Koenker & Bassett 1978).
double pinball(Numbers actual, Numbers quantile, double p);
/// Continuous ranked probability score of samples for one actual: mean |x - y| - mean |x - x'| / 2 (Gneiting & Raftery 2007).
double crps(double actual, std::vector<double> samples);

}  // namespace tonnage::forecast
