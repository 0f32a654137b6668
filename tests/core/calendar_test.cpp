#include "test.hpp"

#include "tonnage/core/calendar.hpp"

using namespace tonnage;

TEST_CASE("only days that exist are dates", "[core]") {
  CHECK(parse_date("2028-02-29"));
  CHECK_FALSE(parse_date("2027-02-29"));
  CHECK_FALSE(parse_date("2027-02-30"));
  CHECK_FALSE(parse_date("2027-13-01"));
  CHECK_FALSE(parse_date("2027-1-01"));
  CHECK_FALSE(parse_date("20270101"));
  CHECK_FALSE(parse_date("2027-01-01 "));
  CHECK(to_string(*parse_date("2027-01-31")) == "2027-01-31");
}

TEST_CASE("times are UTC, another offset is refused", "[core]") {
  CHECK(parse_time("1970-01-02") == 86400);
  CHECK(parse_time("1970-01-01 01:00") == 3600);
  CHECK(parse_time("1970-01-01T01:00:01Z") == 3601);
  CHECK(parse_time("1970-01-01T00:00:00+00:00") == 0);
  CHECK_FALSE(parse_time("1970-01-01T01:00:00+01:00"));
  CHECK_FALSE(parse_time("1970-01-01T24:00"));
  CHECK(time_to_string(*parse_time("2027-03-28T02:30")) == "2027-03-28T02:30:00Z");
  CHECK(time_to_string(-1) == "1969-12-31T23:59:59Z");
}

TEST_CASE("periods follow the calendar and have real hours", "[core]") {
  const auto quarters = make_periods(*parse_date("2027-01-01"), PeriodKind::quarter, 8);
  CHECK(quarters[0].name == "2027-Q1");
  CHECK(quarters[0].hours == 90 * 24);
  CHECK(quarters[4].hours == 91 * 24);  // 2028 is a leap year
  CHECK(quarters[7].name == "2028-Q4");
  for (std::size_t i = 1; i < quarters.size(); ++i) CHECK(quarters[i].start == quarters[i - 1].end);
  const auto months = make_periods(*parse_date("2027-01-31"), PeriodKind::month, 3);
  CHECK(to_string(months[1].start) == "2027-02-28");
  CHECK(to_string(months[2].start) == "2027-03-31");
  const auto weeks = make_periods(*parse_date("2026-12-28"), PeriodKind::week, 2);
  CHECK(weeks[0].name == "2026-W53");
  CHECK(weeks[1].name == "2027-W01");
  CHECK(weeks[0].hours == 168);
}

TEST_CASE("months are added by the calendar", "[core]") {
  CHECK(to_string(add_months(*parse_date("2027-01-31"), 1)) == "2027-02-28");
  CHECK(to_string(add_months(*parse_date("2027-07-01"), -5.0)) == "2027-02-01");
  CHECK(to_string(add_months(*parse_date("2027-07-01"), -0.5)) == "2027-06-16");
  CHECK(to_string(add_months(*parse_date("2024-06-01"), 60.0)) == "2029-06-01");
}
