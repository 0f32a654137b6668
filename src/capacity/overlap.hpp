// The time of two resources that work at once. Private to the module.
#pragma once

#include <array>
#include <memory>

namespace tonnage::capacity {

/// (a^p + b^p)^(1/p) for times of compute and memory a and b: their maximum for a large p, their sum for p = 1. From a table of
/// (1 + s^p)^(1/p), s in [0, 1], with cubic pieces in between (Hermite): within 1e-6, a tenth of the time of two powers.
class Overlap {
 public:
  explicit Overlap(double power);

  double operator()(double a, double b) const {
    const double high = a > b ? a : b, low = a > b ? b : a;
    if (!(high > 0)) return 0;
    const double at = low / high * cells;
    const auto cell = static_cast<std::size_t>(at < cells - 1 ? at : cells - 1);
    const double t = at - static_cast<double>(cell), u = 1 - t;
    const Node &left = nodes_[cell], &right = nodes_[cell + 1];
    return high * (u * u * ((1 + 2 * t) * left.value + t * left.slope) + t * t * ((1 + 2 * u) * right.value - u * right.slope));
  }

  double power() const { return power_; }

  /// The one of a power; that of the last call of the thread is kept.
  static std::shared_ptr<const Overlap> of(double power);

 private:
  static constexpr int cells = 256;
  struct Node {
    double value = 1, slope = 0;  ///< slope: over a cell
  };

  double power_;
  std::array<Node, cells + 1> nodes_;
};

}  // namespace tonnage::capacity
