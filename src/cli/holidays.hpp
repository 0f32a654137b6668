// Holidays of a CSV file as regressors of a forecast.
#pragma once

#include <string>
#include <vector>

#include "tonnage/documents/demand_source.hpp"
#include "tonnage/forecast/effects.hpp"

namespace tonnage::cli {

class Context;

/// One holiday, e.g. "christmas": its days, in days since 1970-01-01, in order.
struct Holiday {
  std::string name;
  std::vector<long long> days;
};

/// Reads `date` and, where there, `name` (else all are "holiday"); in the order of the names. Mistakes are shown; nothing is returned then.
std::vector<Holiday> read_holidays(const Context& context, const std::string& path);

/// By step of history and horizon: 1 where a step of a day or less starts on one of the days, for longer steps how many of the days it holds.
forecast::Regressor days_of(const Holiday& holiday, const HistorySeries& series, int horizon);

}  // namespace tonnage::cli
