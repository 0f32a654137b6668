// Rows of a CSV as observations, and observations as a regular series.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tonnage/core/csv.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::scenario {

struct Observation {
  long long time = 0;
  double value = 0;   ///< NaN: blank
  Mark mark;
};

using Observations = std::vector<std::pair<std::string, std::vector<Observation>>>;  // by series, in order of appearance

/// Which columns hold time, value, series and workload; a wide table has value = -1.
struct HistoryColumns {
  int time = -1, value = -1, series = -1, workload = -1;
};

inline constexpr long long month_step = 2629800;  ///< seconds of a calendar month on average

/// What to expect of a file without a column, and that its fields are not separated by commas where they seem not to be.
std::string columns_hint(const CsvTable& table, const std::string& expected);

inline constexpr double most_value = 1e100;  ///< of an observation: squares and their sums stay finite

/// Day of the month on which all times fall, 31 for the last; 0: they do not, or are fewer than three.
int day_of_month(const std::vector<Observation>& items);
/// Months since 0000-01 of a time.
long long month_index(long long time_s);

/// Reads all rows (of one workload, unless `alone`). `alone` allows negative values and whole numbers for times, taken as hours;
/// `counted` becomes whether all times were such.
Observations collect(const CsvTable& table, const HistoryColumns& columns, const std::string& workload, bool alone, Diagnostics& diagnostics, bool& counted);

/// Sorts by time and fills gaps with NaN. The step is a calendar month when all times fall on one day of a month, else the
/// greatest common divisor of the distances. Reports a time that stands twice and steps that would be too many.
bool regular_series(const std::string& name, std::vector<Observation> items, double factor, HistorySeries& out, Diagnostics& diagnostics, std::vector<Mark>* rows = nullptr);

int first_column(const CsvTable& table, std::initializer_list<const char*> names);

}  // namespace tonnage::scenario
