// Price as an influence on demand. Private to the module.
#pragma once

#include "levels.hpp"

namespace tonnage::forecast {

/// Price on a day (days since 1970-01-01, fractions count): that of the history, `now` after it, the prices to come from their days on.
double price_at(const PriceEffect& price, double day);

/// (price on the day / price now)^elasticity.
double price_factor(const PriceEffect& price, double elasticity, double day);

/// Levels as they would have been at the price that holds now, and the price effect of the prepared history: elasticity as given, else
/// estimated by a dynamic regression of the log levels of all origins on the log price, events of the history beside it.
void take_out_price(const Workload& workload, PreparedHistory& out, std::vector<std::string>& remarks);

}  // namespace tonnage::forecast
