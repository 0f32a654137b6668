// How a number that is not known for sure is distributed around its middle.
#pragma once

namespace tonnage {

struct Spread {
  enum class Form { none, triangular, normal, lognormal };
  Form form = Form::none;      ///< none: the middle is sure
  double low = 0, high = 0;    ///< triangular: the ends, its mode at the middle
  double sd = 0;               ///< normal: in the number's unit; lognormal: of the logarithm, the middle its median

  bool sure() const { return form == Form::none; }
  /// Value at a probability in (0, 1); the middle where it is sure.
  double quantile(double middle, double probability) const;
};

}  // namespace tonnage
