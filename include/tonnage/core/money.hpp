// Money that adds exactly: whole micro-units of a currency.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace tonnage {

/// An amount in the scenario's currency, as an integer number of millionths. Sums are exact and order does not matter.
class Money {
 public:
  Money() = default;
  /// Rounds half away from zero to a millionth. Throws std::overflow_error beyond +-9.2e12 or for NaN.
  static Money from_double(double amount);
  static Money from_micros(std::int64_t micros) { return Money(micros); }

  std::int64_t micros() const { return micros_; }
  /// For ratios and charts only: never add these.
  double approximate() const { return static_cast<double>(micros_) * 1e-6; }

  /// Throw std::overflow_error when the result does not fit.
  Money operator+(Money other) const;
  Money operator-(Money other) const;
  Money operator-() const { return Money(0) - *this; }
  Money& operator+=(Money other) { return *this = *this + other; }
  Money& operator-=(Money other) { return *this = *this - other; }
  auto operator<=>(const Money&) const = default;

  /// Plain decimal with six places, e.g. "57723.150000".
  std::string to_string() const;
  /// Rounded half away from zero to `decimals` (0 to 6) places.
  std::string to_string(int decimals) const;

 private:
  explicit Money(std::int64_t micros) : micros_(micros) {}
  std::int64_t micros_ = 0;
};

/// Rounds parts to multiples of `unit_micros` so that the rounded parts add up to the rounded total (largest remainder,
/// ties to the earlier part). Returns the parts in micros, each within one unit of its exact value.
std::vector<std::int64_t> round_parts(const std::vector<Money>& parts, std::int64_t unit_micros);

}  // namespace tonnage
