#include "tonnage/core/calendar.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage {

namespace chr = std::chrono;

namespace {

/// A run of exactly `digits` decimal digits at `at`, or -1.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

/// "13:00" or "13:00:30" as seconds of the day, or -1.
int clock_seconds(std::string_view text) {
  const int hour = number_at(text, 0, 2);
  const int minute = text.size() >= 5 && text[2] == ':' ? number_at(text, 3, 2) : -1;
  int second = 0;
  if (text.size() == 8 && text[5] == ':') second = number_at(text, 6, 2);
  else if (text.size() != 5) return -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  return (hour * 60 + minute) * 60 + second;
}

std::string period_name(PeriodKind kind, Date start) {
  const chr::year_month_day ymd{start};
  const int year = static_cast<int>(ymd.year());
  const auto month = static_cast<unsigned>(ymd.month());
  if (kind == PeriodKind::quarter) return fmt::format("{:04}-Q{}", year, (month + 2) / 3);
  if (kind == PeriodKind::month) return fmt::format("{:04}-{:02}", year, month);
  // ISO 8601: the week belongs to the year of its Thursday.
  const Date thursday = start + chr::days{4 - static_cast<int>(chr::weekday{start}.iso_encoding())};
  const chr::year iso_year = chr::year_month_day{thursday}.year();
  const auto first = chr::sys_days{iso_year / 1 / 1};
  return fmt::format("{:04}-W{:02}", static_cast<int>(iso_year), (thursday - first).count() / 7 + 1);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  if (year < 1900 || month < 0 || day < 0) return std::nullopt;
  const chr::year_month_day ymd{chr::year{year}, chr::month{static_cast<unsigned>(month)}, chr::day{static_cast<unsigned>(day)}};
  if (!ymd.ok()) return std::nullopt;
  return Date{ymd};
}

std::string to_string(Date date) {
  const chr::year_month_day ymd{date};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
}

std::optional<long long> parse_time(std::string_view text) {
  const auto date = parse_date(text.substr(0, std::min<std::size_t>(10, text.size())));
  if (!date) return std::nullopt;
  const long long midnight = static_cast<long long>(date->time_since_epoch().count()) * 86400;
  if (text.size() == 10) return midnight;
  if (text[10] != ' ' && text[10] != 'T') return std::nullopt;
  std::string_view clock = text.substr(11);
  if (!clock.empty() && clock.back() == 'Z') clock.remove_suffix(1);
  else if (clock.size() > 6 && clock.substr(clock.size() - 6) == "+00:00") clock.remove_suffix(6);
  const int seconds = clock_seconds(clock);
  if (seconds < 0) return std::nullopt;
  return midnight + seconds;
}

std::string time_to_string(long long seconds) {
  const long long day = seconds >= 0 ? seconds / 86400 : -((-seconds + 86399) / 86400);
  const long long rest = seconds - day * 86400;
  return fmt::format("{}T{:02}:{:02}:{:02}Z", to_string(Date{chr::days{day}}), rest / 3600, rest / 60 % 60, rest % 60);
}

Date add_months(Date date, int months) {
  const chr::year_month_day ymd{date};
  const chr::year_month ym = ymd.year() / ymd.month() + chr::months{months};
  const chr::year_month_day_last last{ym.year(), chr::month_day_last{ym.month()}};
  return Date{ym / std::min(ymd.day(), last.day())};
}

Date add_months(Date date, double months) {
  const double whole = std::floor(months);
  const Date start = add_months(date, static_cast<int>(whole));
  const Date next = add_months(date, static_cast<int>(whole) + 1);
  return start + chr::days{std::llround((months - whole) * static_cast<double>((next - start).count()))};
}

const char* to_string(PeriodKind kind) {
  return kind == PeriodKind::week ? "week" : kind == PeriodKind::month ? "month" : "quarter";
}

std::optional<PeriodKind> parse_period_kind(std::string_view text) {
  for (const PeriodKind kind : {PeriodKind::week, PeriodKind::month, PeriodKind::quarter})
    if (text == to_string(kind)) return kind;
  return std::nullopt;
}

double months_of(PeriodKind kind) { return kind == PeriodKind::week ? 12 * 7 / 365.25 : kind == PeriodKind::month ? 1 : 3; }

std::vector<Period> make_periods(Date start, PeriodKind kind, int count) {
  std::vector<Period> periods;
  const auto at = [&](int i) {
    return kind == PeriodKind::week ? start + chr::days{7 * i} : add_months(start, kind == PeriodKind::month ? i : 3 * i);
  };
  for (int i = 0; i < count; ++i) {
    const Date from = at(i);
    const Date to = at(i + 1);
    periods.push_back({period_name(kind, from), from, to, 24.0 * static_cast<double>((to - from).count())});
  }
  return periods;
}

}  // namespace tonnage
