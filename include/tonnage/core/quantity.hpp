// Quantities: a number with a unit, checked by dimension when it is read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tonnage {

/// Exponents of the base units. Base units: USD (or the scenario's currency), second, byte, joule, gram, request, token,
/// FLOP, node, accelerator. A ratio has none.
struct Dimension {
  enum Base { money, time, data, energy, mass, request, token, flop, node, accelerator, base_count };
  signed char power[base_count] = {};
  bool operator==(const Dimension&) const = default;
};

/// A kind of quantity that a field may hold, with the words that messages use.
struct QuantityKind {
  std::string_view name;       ///< "power"
  std::string_view expected;   ///< "watts, e.g. 9 MW"
  std::string_view canonical;  ///< unit of the stored value: "W"
  std::vector<std::string_view> units;  ///< common ones, for suggestions and documentation
  bool bare_number = false;    ///< a number without a unit is allowed (ratios, counts of nodes)
};

/// A kind by name; nullptr when there is none. Names: ratio, rate-per-time, growth, power, energy-price, power-price, ...
const QuantityKind* quantity_kind(std::string_view name);
/// All kinds, in a fixed order.
const std::vector<QuantityKind>& quantity_kinds();

/// Currencies that amounts may be given in, each worth so many units of the scenario's own.
struct Currencies {
  std::string base = "USD";
  std::map<std::string, double> rates;
};

struct Quantity {
  double value = 0;            ///< in base units
  Dimension dimension;
  std::string unit;            ///< as written, e.g. "USD/month"
  bool has_unit = false;
};

/// Reads "9 MW", "460 k USD", "1.2 k requests/s", "6 %/day", "0.074 USD/kWh", "96 GiB", "-3 %".
/// Prefixes: SI (n u m k M G T P) and binary (Ki Mi Gi Ti Pi) on a unit, or k, M, B, T as a word after the number.
/// Returns nothing and says why in `error` (one clause, for a message) when the text is not a quantity.
std::optional<Quantity> parse_quantity(std::string_view text, const Currencies& currencies, std::string& error);

/// The dimension of a unit such as "USD/kWh" and the factor to base units; nothing when it is unknown.
std::optional<std::pair<Dimension, double>> parse_unit(std::string_view unit, const Currencies& currencies);

/// Value of `quantity` in `unit` of the same dimension; throws std::invalid_argument when the dimensions differ.
double convert(const Quantity& quantity, std::string_view unit);
/// Value in base units as a number of `unit`.
double convert(double base_value, std::string_view unit);

/// "9 MW": at most six significant digits and the given unit.
std::string print_quantity(double base_value, std::string_view unit);

}  // namespace tonnage
