// An end in time, by the steady clock.
#pragma once

#include <chrono>
#include <cmath>
#include <limits>

namespace tonnage {

class Deadline {
 public:
  Deadline() = default;  ///< none
  explicit Deadline(double seconds) : seconds_(seconds) {}

  bool limited() const { return std::isfinite(seconds_); }
  /// Seconds; not below 0.
  double left_s() const {
    if (!limited()) return seconds_;
    const double left = seconds_ - std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    return left > 0 ? left : 0;
  }
  bool passed() const { return limited() && left_s() <= 0; }

 private:
  double seconds_ = std::numeric_limits<double>::infinity();
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace tonnage
