#include "tonnage/core/quantity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage {

namespace {

struct UnitSymbol {
  std::string_view symbol;
  Dimension::Base base;
  double factor;
  int time_power;     // watts are joules per second
  enum Prefix { none, si, binary_too } prefix;
};

constexpr double day_s = 86400;
constexpr double year_s = 365.25 * day_s;

constexpr std::array units{
    UnitSymbol{"s", Dimension::time, 1, 0, UnitSymbol::si},
    UnitSymbol{"sec", Dimension::time, 1, 0, UnitSymbol::none},
    UnitSymbol{"second", Dimension::time, 1, 0, UnitSymbol::none},
    UnitSymbol{"min", Dimension::time, 60, 0, UnitSymbol::none},
    UnitSymbol{"minute", Dimension::time, 60, 0, UnitSymbol::none},
    UnitSymbol{"h", Dimension::time, 3600, 0, UnitSymbol::none},
    UnitSymbol{"hour", Dimension::time, 3600, 0, UnitSymbol::none},
    UnitSymbol{"d", Dimension::time, day_s, 0, UnitSymbol::none},
    UnitSymbol{"day", Dimension::time, day_s, 0, UnitSymbol::none},
    UnitSymbol{"week", Dimension::time, 7 * day_s, 0, UnitSymbol::none},
    UnitSymbol{"month", Dimension::time, year_s / 12, 0, UnitSymbol::none},
    UnitSymbol{"quarter", Dimension::time, year_s / 4, 0, UnitSymbol::none},
    UnitSymbol{"year", Dimension::time, year_s, 0, UnitSymbol::none},
    UnitSymbol{"B", Dimension::data, 1, 0, UnitSymbol::binary_too},
    UnitSymbol{"W", Dimension::energy, 1, -1, UnitSymbol::si},
    UnitSymbol{"Wh", Dimension::energy, 3600, 0, UnitSymbol::si},
    UnitSymbol{"J", Dimension::energy, 1, 0, UnitSymbol::si},
    UnitSymbol{"g", Dimension::mass, 1, 0, UnitSymbol::si},
    UnitSymbol{"t", Dimension::mass, 1e6, 0, UnitSymbol::none},
    UnitSymbol{"FLOP", Dimension::flop, 1, 0, UnitSymbol::si},
    UnitSymbol{"OP", Dimension::flop, 1, 0, UnitSymbol::si},
    UnitSymbol{"request", Dimension::request, 1, 0, UnitSymbol::none},
    UnitSymbol{"token", Dimension::token, 1, 0, UnitSymbol::none},
    UnitSymbol{"node", Dimension::node, 1, 0, UnitSymbol::none},
    UnitSymbol{"accelerator", Dimension::accelerator, 1, 0, UnitSymbol::none},
};

double si_prefix(std::string_view prefix) {
  if (prefix == "n") return 1e-9;
  if (prefix == "u" || prefix == "µ") return 1e-6;
  if (prefix == "m") return 1e-3;
  if (prefix == "k") return 1e3;
  if (prefix == "M") return 1e6;
  if (prefix == "G") return 1e9;
  if (prefix == "T") return 1e12;
  if (prefix == "P") return 1e15;
  if (prefix == "E") return 1e18;
  return 0;
}

double binary_prefix(std::string_view prefix) {
  if (prefix == "Ki") return 0x1p10;
  if (prefix == "Mi") return 0x1p20;
  if (prefix == "Gi") return 0x1p30;
  if (prefix == "Ti") return 0x1p40;
  if (prefix == "Pi") return 0x1p50;
  return 0;
}

/// A multiplier written as a word: "460 k USD".
double word_prefix(std::string_view word) {
  if (word == "k" || word == "K") return 1e3;
  if (word == "M") return 1e6;
  if (word == "B" || word == "G" || word == "bn") return 1e9;
  if (word == "T") return 1e12;
  return 0;
}

bool multiply(Dimension& dimension, double& factor, std::string_view name, int sign, const Currencies& currencies) {
  const auto apply = [&](Dimension::Base base, double by, int time_power) {
    dimension.power[base] = static_cast<signed char>(dimension.power[base] + sign);
    dimension.power[Dimension::time] = static_cast<signed char>(dimension.power[Dimension::time] + sign * time_power);
    factor *= sign > 0 ? by : 1 / by;
    return true;
  };
  if (name == "%") {
    factor *= sign > 0 ? 0.01 : 100;
    return true;
  }
  if (name == currencies.base) return apply(Dimension::money, 1, 0);
  if (const auto rate = currencies.rates.find(std::string(name)); rate != currencies.rates.end()) return apply(Dimension::money, rate->second, 0);
  for (const UnitSymbol& unit : units) {
    if (name == unit.symbol) return apply(unit.base, unit.factor, unit.time_power);
    const bool word = unit.symbol.size() > 2 && unit.prefix == UnitSymbol::none;
    if (word && name.size() == unit.symbol.size() + 1 && name.back() == 's' && name.substr(0, unit.symbol.size()) == unit.symbol)
      return apply(unit.base, unit.factor, unit.time_power);
  }
  for (const UnitSymbol& unit : units) {
    if (unit.prefix == UnitSymbol::none || name.size() <= unit.symbol.size()) continue;
    if (name.substr(name.size() - unit.symbol.size()) != unit.symbol) continue;
    const std::string_view prefix = name.substr(0, name.size() - unit.symbol.size());
    double by = si_prefix(prefix);
    if (by == 0 && unit.prefix == UnitSymbol::binary_too) by = binary_prefix(prefix);
    if (by != 0) return apply(unit.base, by * unit.factor, unit.time_power);
  }
  return false;
}

}  // namespace

const std::vector<QuantityKind>& quantity_kinds() {
  static const std::vector<QuantityKind> kinds = {
      {"ratio", "a share, e.g. 45 % or 0.45", "1", {"%"}, true},
      {"number", "a plain number, e.g. 1.14", "1", {}, true},
      {"growth", "a rate per time, e.g. 2 %/year", "1/s", {"%/year", "%/quarter", "%/month", "%/day"}, false},
      {"duration", "a time, e.g. 5 months or 600 ms", "s", {"us", "ms", "s", "min", "h", "hours", "days", "weeks", "months", "quarters", "years"}, false},
      {"power", "watts, e.g. 9 MW", "W", {"W", "kW", "MW", "GW"}, false},
      {"energy-price", "money per energy, e.g. 0.074 USD/kWh", "USD/J", {"USD/kWh", "USD/MWh"}, false},
      {"power-rent", "money per power and time, e.g. 165 USD/kW/month", "USD/W/s", {"USD/kW/month", "USD/MW/year"}, false},
      {"power-purchase", "money per power, e.g. 9 M USD/MW", "USD/W", {"USD/kW", "USD/MW"}, false},
      {"carbon", "mass per energy, e.g. 390 g/kWh", "g/J", {"g/kWh", "kg/MWh"}, false},
      {"mass", "a mass, e.g. 1500 kg", "g", {"g", "kg", "t"}, false},
      {"data", "bytes, e.g. 96 GB or 80 GiB", "B", {"MB", "GB", "GiB", "TB"}, false},
      {"data-rate", "bytes per time, e.g. 2.8 TB/s", "B/s", {"GB/s", "TB/s"}, false},
      {"compute", "operations per time, e.g. 620 TFLOP/s", "FLOP/s", {"TFLOP/s", "PFLOP/s"}, false},
      {"flops", "operations, e.g. 6 TFLOP", "FLOP", {"GFLOP", "TFLOP"}, false},
      {"money", "an amount, e.g. 285 k USD", "USD", {"USD", "k USD", "M USD"}, false},
      {"rent", "money per time, e.g. 55 USD/h or 19168 USD/month", "USD/s", {"USD/h", "USD/day", "USD/month", "USD/year"}, false},
      {"request-price", "money per request, e.g. 0.01 USD/request", "USD/request", {"USD/request"}, false},
      {"data-price", "money per data, e.g. 0.02 USD/GB", "USD/B", {"USD/GB", "USD/TB"}, false},
      {"token-price", "money per token, e.g. 0.40 USD/M tokens", "USD/token", {"USD/M tokens"}, false},
      {"request-rate", "requests per time, e.g. 800 requests/s", "requests/s", {"requests/s", "requests/h", "requests/day"}, false},
      {"token-rate", "tokens per time, e.g. 2 M tokens/day", "tokens/s", {"tokens/s", "tokens/day"}, false},
      {"nodes", "a number of nodes, e.g. 30 nodes", "nodes", {"nodes"}, true},
      {"node-rate", "nodes per time, e.g. 80 nodes/quarter", "nodes/s", {"nodes/week", "nodes/month", "nodes/quarter", "nodes/year"}, false},
      {"event-rate", "a number per time, e.g. 0.4 per year written as 0.4 /year", "1/s", {"/year", "/month"}, false},
      {"duty", "time per time, e.g. 8 h/month", "1", {"h/month", "h/year"}, false},
  };
  return kinds;
}

const QuantityKind* quantity_kind(std::string_view name) {
  for (const QuantityKind& kind : quantity_kinds())
    if (kind.name == name) return &kind;
  return nullptr;
}

std::optional<std::pair<Dimension, double>> parse_unit(std::string_view unit, const Currencies& currencies) {
  Dimension dimension;
  double factor = 1;
  int sign = 1;
  bool first = true;
  for (std::string_view part : split(unit, '/')) {
    part = trim(part);
    if (const auto space = part.find(' '); space != std::string_view::npos) {  // "USD/M tokens"
      const double by = word_prefix(part.substr(0, space));
      if (by == 0) return std::nullopt;
      factor *= sign > 0 ? by : 1 / by;
      part = trim(part.substr(space));
    }
    const bool nothing = first && (part.empty() || part == "1");
    if (!nothing && !multiply(dimension, factor, part, sign, currencies)) return std::nullopt;
    sign = -1;
    first = false;
  }
  return std::pair{dimension, factor};
}

std::optional<Quantity> parse_quantity(std::string_view text, const Currencies& currencies, std::string& error) {
  text = trim(text);
  std::size_t end = 0;
  while (end < text.size() && (std::string_view("0123456789.+-").find(text[end]) != std::string_view::npos ||
                               ((text[end] == 'e' || text[end] == 'E') && end > 0 && end + 1 < text.size() &&
                                std::string_view("0123456789+-").find(text[end + 1]) != std::string_view::npos)))
    ++end;
  const auto number = parse_double(text.substr(0, end));
  if (!number) {
    error = "'" + std::string(text) + "' does not start with a number";
    return std::nullopt;
  }
  if (!std::isfinite(*number)) {
    error = "the number is too large";
    return std::nullopt;
  }
  Quantity out;
  std::string_view rest = trim(text.substr(end));
  out.unit = std::string(rest);
  out.has_unit = !rest.empty();
  out.value = *number;
  const auto word_end = rest.find_first_of(" /");
  if (const double by = word_prefix(rest.substr(0, word_end)); by != 0 && (word_end == std::string_view::npos || rest[word_end] == ' ')) {
    out.value *= by;
    rest = word_end == std::string_view::npos ? std::string_view() : trim(rest.substr(word_end));
    if (rest.empty()) out.has_unit = false;
    out.unit = std::string(rest);
  }
  const auto unit = parse_unit(rest, currencies);
  if (!unit) {
    error = "unknown unit '" + std::string(rest) + "'";
    return std::nullopt;
  }
  out.dimension = unit->first;
  out.value *= unit->second;
  if (!std::isfinite(out.value)) {
    error = "the number is too large";
    return std::nullopt;
  }
  return out;
}

double convert(double base_value, std::string_view unit) {
  const auto parsed = parse_unit(unit, Currencies{});
  if (!parsed) throw std::invalid_argument("unknown unit " + std::string(unit));
  return base_value / parsed->second;
}

double convert(const Quantity& quantity, std::string_view unit) {
  const auto parsed = parse_unit(unit, Currencies{});
  if (!parsed || !(parsed->first == quantity.dimension))
    throw std::invalid_argument("cannot convert '" + quantity.unit + "' to '" + std::string(unit) + "'");
  return quantity.value / parsed->second;
}

std::string print_quantity(double base_value, std::string_view unit) {
  return significant(convert(base_value, unit), 6) + " " + std::string(unit);
}

}  // namespace tonnage
