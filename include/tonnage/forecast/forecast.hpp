// The room `forecast`: from demand history, growth and known events to loads by period, block and outcome.
//
// In:   documents/scenario.hpp (workloads, horizon, given blocks and outcomes), or one bare series.
// Out:  documents/demand.hpp (loads, quantiles, how good the method was on the past), or a SeriesForecast.
// How:  ETS, dynamic optimised theta, CES, ARIMA, MSTL, regressions on similar days and own past, level times shape, combined by
//       rolling-origin accuracy; intervals and joint sample paths from rolling-origin errors; Bass 1969 for diffusion;
//       hour-of-week profiles; blocks by optimal one-dimensional clustering. docs/methods-forecast.md has the formulas.
// Pure: the same input gives the same output; no clock, random numbers by seed alone, no exception for bad data.
#pragma once

#include "tonnage/forecast/components.hpp"
#include "tonnage/forecast/demand.hpp"
#include "tonnage/forecast/effects.hpp"
#include "tonnage/forecast/hierarchy.hpp"
#include "tonnage/forecast/hours.hpp"
#include "tonnage/forecast/launch.hpp"
#include "tonnage/forecast/sample_paths.hpp"
#include "tonnage/forecast/scores.hpp"
#include "tonnage/forecast/series.hpp"
