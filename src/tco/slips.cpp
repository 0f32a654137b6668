// What commonly goes wrong with a figure, told from its ratio to what it should be.
#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/tco/audit.hpp"

namespace tonnage::tco {

namespace {

struct Slip {
  double factor;
  const char* too_large;  ///< found = expected x factor
  const char* too_small;  ///< found = expected / factor
};

const Slip slips[] = {
    {1e3, "1,000 times too large: a unit taken for its thousandth (kW for W, kg for g)?", "1,000 times too small: a unit taken for its thousandfold (M for k, kg for g)?"},
    {1e6, "a million times too large: a unit prefix lost?", "a million times too small: a unit prefix lost?"},
    {1e9, "10^9 times too large: a unit prefix lost?", "10^9 times too small: a unit prefix lost?"},
    {10, "ten times too large: a decimal point out of place?", "a tenth: a decimal point out of place?"},
    {100, "100 times too large: a percentage taken for a share?", "a hundredth: a share taken for a percentage?"},
    {2, "twice as much: counted twice?", "half as much: one of two counted?"},
    {12, "12 times too large: a year taken for a month?", "a twelfth: a month taken for a year?"},
    {24, "24 times too large: a day taken for an hour?", "a 24th: an hour taken for a day?"},
    {365, "365 times too large: a year taken for a day?", "1/365: a day taken for a year?"},
    {8760, "8,760 times too large: a year taken for an hour?", "1/8,760: an hour taken for a year?"},
    {730, "730 times too large: a month taken for an hour?", "1/730: an hour taken for a month?"},
    {3600, "3,600 times too large: an hour taken for a second?", "1/3,600: a second taken for an hour?"},
    {60, "60 times too large: minutes and seconds mixed?", "1/60: minutes and seconds mixed?"},
    {8, "8 times too large: bits taken for bytes, or a node for an accelerator?", "an eighth: bytes taken for bits, or an accelerator for a node?"},
    {1.048576, "MiB counted as MB once too often?", "MB counted as MiB?"},
    {1.024, "GiB taken for GB, once too often?", "GB where GiB is meant?"},
    {1.073741824, "GiB counted as GB by 2^30 / 10^9?", "GB counted as GiB by 2^30 / 10^9?"},
};

const Slip hours[] = {
    {744.0 / 730, "744 hours a month in place of 730?", "730 hours a month in place of 744?"},
    {730.0 / 720, "730 hours a month in place of 720?", "720 hours a month in place of 730?"},
    {744.0 / 720, "744 hours a month in place of 720?", "720 hours a month in place of 744?"},
    {8766.0 / 8760, "8,766 hours a year in place of 8,760?", "8,760 hours a year in place of 8,766?"},
    {8784.0 / 8760, "8,784 hours a year in place of 8,760?", "8,760 hours a year in place of 8,784?"},
    {8760.0 / 8640, "8,760 hours a year in place of 12 x 720?", "12 x 720 hours a year in place of 8,760?"},
};

std::string digits_of(double value) {
  std::string out;
  for (const char c : significant(std::fabs(value), 15))
    if (c >= '0' && c <= '9') out += c;
  while (out.size() > 1 && out.back() == '0') out.pop_back();
  out.erase(0, std::min(out.find_first_not_of('0'), out.size() - 1));
  return out;
}

/// Two neighbours changed places: 8,670 for 8,760.
bool transposed(double found, double expected) {
  const std::string a = digits_of(found), b = digits_of(expected);
  if (a.size() != b.size() || a == b || std::floor(std::log10(std::fabs(found))) != std::floor(std::log10(std::fabs(expected)))) return false;
  std::size_t i = 0;
  while (a[i] == b[i]) ++i;
  return i + 1 < a.size() && a[i] == b[i + 1] && a[i + 1] == b[i] && a.substr(i + 2) == b.substr(i + 2);
}

struct Range {
  const char* part;        ///< of the column's name
  double low, high;
  const char* what;
};

// Beyond what is sold or built anywhere, with room: prices by shared rate cards, PUE by providers' reports, grid carbon by country.
const Range ranges[] = {
    {"pue", 1, 3, "a PUE is facility power over IT power: 1 to 3"},
    {"usd_per_kwh", 0.005, 1, "electricity costs 0.005 to 1 USD/kWh"},
    {"g_per_kwh", 0, 1300, "grids emit 0 to 1,300 g/kWh"},
    {"usd_per_kw_month", 20, 1000, "colocation costs 20 to 1,000 USD a kW and month"},
    {"hours_per_month", 672, 744, "a month has 672 to 744 hours"},
    {"hours_per_year", 8640, 8784, "a year has 8,640 to 8,784 hours"},
    {"usd_per_gpu_hour", 0.05, 150, "an accelerator costs 0.05 to 150 USD an hour"},
    {"usd_per_accelerator_hour", 0.05, 150, "an accelerator costs 0.05 to 150 USD an hour"},
    {"usd_per_m_tokens", 0.0005, 1000, "a million tokens cost 0.0005 to 1,000 USD"},
    {"usd_per_mtok", 0.0005, 1000, "a million tokens cost 0.0005 to 1,000 USD"},
    {"utilisation", 0, 1, "a utilisation is 0 to 100 %"},
    {"utilization", 0, 1, "a utilisation is 0 to 100 %"},
    {"availability", 0, 1, "an availability is 0 to 100 %"},
    {"discount", 0, 1, "a discount is 0 to 100 %"},
};

}  // namespace

std::string likely_slip(double found, double expected, double half_unit, bool about_time) {
  if (expected == 0 || found == 0) return "";
  if ((found < 0) != (expected < 0)) return std::fabs(found + expected) <= half_unit + 1e-9 * std::fabs(expected) ? "the sign is turned" : "";
  const auto is = [&](double value) { return std::fabs(found - value) <= half_unit + 1e-9 * std::fabs(value); };
  const auto first = [&](const Slip* begin, const Slip* end) -> std::string {
    for (const Slip* slip = begin; slip != end; ++slip) {
      if (is(expected * slip->factor)) return slip->too_large;
      if (is(expected / slip->factor)) return slip->too_small;
    }
    return "";
  };
  std::string found_slip = first(std::begin(slips), std::end(slips));
  if (found_slip.empty() && about_time) found_slip = first(std::begin(hours), std::end(hours));
  if (!found_slip.empty()) return found_slip;
  if (transposed(found, expected)) return "two digits changed places?";
  return "";
}

std::string implausible(const std::string& column, double value) {
  const std::string name = lower(column);
  const auto means = [&](std::string_view part) {
    const std::size_t at = name.rfind(part);
    return at != std::string::npos && at + part.size() == name.size() && (at == 0 || name[at - 1] == '_' || name[at - 1] == ' ');
  };
  for (const Range& range : ranges)
    if (means(range.part) && (value < range.low || value > range.high)) return range.what;
  return "";
}

}  // namespace tonnage::tco
