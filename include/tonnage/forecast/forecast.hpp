// The room `forecast`: from demand history, growth and known events to loads by period, block and outcome.
//
// In:   documents/scenario.hpp (workloads, horizon, given blocks and outcomes), or one bare series.
// Out:  documents/demand.hpp (loads, quantiles, how good the method was on the past), or a SeriesForecast.
// How:  seasonal naive and damped trend (Gardner & McKenzie 1985) on seasonally adjusted data, chosen by rolling-origin
//       errors, which also give the intervals; Bass 1969 for diffusion; hour-of-week profiles; blocks by optimal
//       one-dimensional clustering; outcomes by Swanson's rule. docs/methods-forecast.md has the formulas.
// Pure: the same input gives the same output; no clock, no randomness, no exception for bad data.
#pragma once

#include "tonnage/forecast/components.hpp"
#include "tonnage/forecast/demand.hpp"
#include "tonnage/forecast/hours.hpp"
#include "tonnage/forecast/series.hpp"
