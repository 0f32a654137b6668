// The members of the combination: every method behind one call. Private to the module.
#pragma once

#include <string>
#include <vector>

#include "arima.hpp"
#include "ces.hpp"
#include "ets.hpp"
#include "numerics.hpp"
#include "theta.hpp"

namespace tonnage::forecast {

/// Kinds of series, by season and length: each has its own members, chosen by rolling origins inside training data.
enum class Kind { nonseasonal, seasonal, long_short_season, long_season, day_and_week, sparse };

struct Plan {
  Kind kind = Kind::nonseasonal;
  std::vector<int> seasons;          ///< in steps, shortest first; {1} when there is none
  std::vector<std::string> members;
};

/// `season` in steps as asked for; seasons of which there are not two whole ones are dropped. A season that is the steps of a
/// day (24, 48, 96, ...) is joined by the week when three weeks are there, and a week of such days by its day.
/// Sparse whole numbers have a kind of their own.
Plan make_plan(Values y, int season);

/// Names of all members, for --methods.
std::vector<std::string> member_names();
/// "dynamic optimised theta" for "theta".
std::string member_title(const std::string& name);

/// What a member chose on the whole history, so that earlier origins only fit the parameters again.
struct Memory {
  bool chosen = false;
  std::vector<EtsModel> ets;
  std::vector<ArimaModel> arima;
  CesModel ces;
  ThetaModel theta;
};

/// Forecast of one member; empty when it cannot serve this series. `memory` is filled by the first call.
std::vector<double> run_member(const std::string& name, Values y, const std::vector<int>& seasons, int horizon, Memory& memory);

}  // namespace tonnage::forecast
