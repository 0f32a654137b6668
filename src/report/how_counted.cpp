#include "how_counted.hpp"

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::report {

namespace {

/// The first few, and how many more.
std::string some_of(const std::vector<std::string>& paths) {
  constexpr std::size_t most = 3;
  std::string out;
  for (std::size_t i = 0; i < paths.size() && i < most; ++i) out += (i == 0 ? "" : ", ") + paths[i];
  return paths.size() > most ? fmt::format("{} and {} more", out, paths.size() - most) : out;
}

}  // namespace

Fact conventions_fact(const Scenario& s) {
  const Finance& f = s.finance;
  const std::string hours = f.hours_per_month > 0 ? fmt::format("{} h a month", f.hours_per_month) : "calendar hours";
  const char* compounding = f.compounding == Compounding::effective ? "effective" : f.compounding == Compounding::annual ? "effective, yearly payments" : "nominal, monthly";
  const char* timing = f.timing == PaymentTiming::start ? "start" : f.timing == PaymentTiming::mid ? "middle" : "end";
  return {"Counted", hours, "", fmt::format("{} % a year, {}; payments at each period's {}", significant(100 * f.discount_rate_per_year, 4), compounding, timing)};
}

std::optional<Fact> prices_fact(const Scenario& s) {
  std::vector<std::string> missing, old;
  for (const PriceRecord& price : s.prices) {
    if (!price.given) missing.push_back(price.path);
    else if (stale(price, s.periods.front().start)) old.push_back(price.path);
  }
  if (missing.empty() && old.empty()) return std::nullopt;
  std::string value, words;
  if (!missing.empty()) value = fmt::format("{} missing", missing.size()), words = "nothing is counted for " + some_of(missing);
  if (!old.empty()) {
    value += fmt::format("{}{} stale", value.empty() ? "" : ", ", old.size());
    words += fmt::format("{}{}: quoted more than {} days before {}", words.empty() ? "" : "; ", some_of(old), stale_days, to_string(s.periods.front().start));
  }
  return Fact{"Prices", value, fmt::format("of {}", s.prices.size()), words};
}

}  // namespace tonnage::report
