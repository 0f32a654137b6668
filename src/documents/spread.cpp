#include "tonnage/documents/spread.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/core/normal.hpp"

namespace tonnage {

double Spread::quantile(double middle, double p) const {
  switch (form) {
    case Form::none: return middle;
    case Form::normal: return middle + sd * normal_quantile(p);
    case Form::lognormal: return middle * std::exp(sd * normal_quantile(p));
    case Form::triangular: break;
  }
  const double width = high - low, mode = std::clamp(middle, low, high);
  if (!(width > 0)) return middle;
  const double share = (mode - low) / width;  // of probability below the mode
  return p < share ? low + std::sqrt(p * width * (mode - low)) : high - std::sqrt((1 - p) * width * (high - mode));
}

}  // namespace tonnage
