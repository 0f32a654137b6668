// The room `capacity`: from a model, its requests and a node type to what one replica carries under its SLO.
//
// In:   documents/scenario.hpp (models, shapes, SLOs, accelerators, node types, pools), or one CurveQuery.
// Out:  documents/capacities.hpp (deployments, and why there is none), capacity curves, predictions of single cases.
// How:  roofline of a step (Williams et al. 2009) with fixed times and collectives, continuous batching as a birth-death
//       chain with load-dependent service (Kleinrock 1975, section 3.2), percentiles from the chain's states, prefill as
//       M/G/1 (Pollaczek-Khinchine). docs/methods-capacity.md has the formulas and their sources.
//       Checked by a step-level simulation of replicas and fleets (fleet.hpp, fleet_plan.hpp; docs/methods-simulation.md).
// Pure: the same input gives the same output; no clock, no randomness but by seed, no exception for bad data.
#pragma once

#include "tonnage/capacity/capacities.hpp"
#include "tonnage/capacity/curve.hpp"
#include "tonnage/capacity/fleet_plan.hpp"
#include "tonnage/capacity/queueing.hpp"
#include "tonnage/capacity/roofline.hpp"
#include "tonnage/capacity/simulated_curve.hpp"
