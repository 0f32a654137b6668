// Dates and planning periods. All times are UTC; a day has 24 hours.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tonnage {

using Date = std::chrono::sys_days;

/// "2027-01-31"; empty when it is not a date or the day does not exist.
std::optional<Date> parse_date(std::string_view text);
std::string to_string(Date date);

/// Seconds since 1970-01-01 of "2027-01-31", "2027-01-31 13:00", "2027-01-31T13:00:00Z" (an offset other than UTC is refused).
std::optional<long long> parse_time(std::string_view text);
/// "2027-01-31T13:00:00Z"
std::string time_to_string(long long seconds);

/// Adds calendar months; the day is clipped to the month's length.
Date add_months(Date date, int months);
/// Adds whole and fractional months: the fraction counts days of the month it falls in.
Date add_months(Date date, double months);

enum class PeriodKind { week, month, quarter };
const char* to_string(PeriodKind kind);
std::optional<PeriodKind> parse_period_kind(std::string_view text);
/// Nominal months of a period: 12 x 7 / 365.25 for a week, 1, 3.
double months_of(PeriodKind kind);

struct Period {
  std::string name;  ///< "2027-Q1", "2027-01", "2027-W01" (ISO week)
  Date start;
  Date end;          ///< first day after
  double hours = 0;  ///< real hours
};

/// `count` periods of a kind from `start`. Starts that do not fall on the first day of a month keep their day.
std::vector<Period> make_periods(Date start, PeriodKind kind, int count);

}  // namespace tonnage
