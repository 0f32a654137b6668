#include "tonnage/core/money.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>

namespace tonnage {

namespace {

/// Quotient rounded half away from zero.
std::int64_t round_div(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  const std::int64_t whole = value / unit;
  return 2 * std::abs(rest) >= unit ? whole + (value < 0 ? -1 : 1) : whole;
}

}  // namespace

Money Money::from_double(double amount) {
  const double micros = amount * 1e6;
  if (!(std::fabs(micros) < 9.2e18)) throw std::overflow_error("an amount of money is out of range");
  return Money(std::llround(micros));
}

Money Money::operator+(Money other) const {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(micros_, other.micros_, &sum)) throw std::overflow_error("a sum of money is out of range");
  return Money(sum);
}

Money Money::operator-(Money other) const {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(micros_, other.micros_, &difference)) throw std::overflow_error("a sum of money is out of range");
  return Money(difference);
}

std::string Money::to_string() const { return to_string(6); }

std::string Money::to_string(int decimals) const {
  std::int64_t unit = 1;
  for (int i = decimals; i < 6; ++i) unit *= 10;
  const std::int64_t scaled = round_div(micros_, unit);
  const auto scale = static_cast<std::int64_t>(1000000 / unit);
  const std::int64_t whole = scaled / scale;
  const std::int64_t part = std::abs(scaled % scale);
  const char* sign = scaled < 0 ? "-" : "";
  if (decimals == 0) return fmt::format("{}{}", sign, std::abs(whole));
  return fmt::format("{}{}.{:0{}}", sign, std::abs(whole), part, decimals);
}

std::vector<std::int64_t> round_parts(const std::vector<Money>& parts, std::int64_t unit_micros) {
  Money total;
  for (const Money part : parts) total += part;
  const std::int64_t target = round_div(total.micros(), unit_micros);
  std::vector<std::int64_t> units(parts.size());
  std::vector<std::int64_t> rest(parts.size());
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::int64_t micros = parts[i].micros();
    units[i] = micros / unit_micros - (micros % unit_micros < 0 ? 1 : 0);  // floor
    rest[i] = micros - units[i] * unit_micros;
    sum += units[i];
  }
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rest[a] > rest[b]; });
  for (std::size_t k = 0; k < order.size() && sum < target; ++k, ++sum) ++units[order[k]];
  for (std::int64_t& unit : units) unit *= unit_micros;
  return units;
}

}  // namespace tonnage
