// The typed facts of a scenario and its demand as JSON: plain numbers with units in the names, for tools and checkers.
#pragma once

#include <nlohmann/json.hpp>

#include "tonnage/documents/capacities.hpp"
#include "tonnage/documents/demand.hpp"
#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/plan.hpp"
#include "tonnage/documents/scenario.hpp"

namespace tonnage::report {

using Json = nlohmann::ordered_json;

/// A document; discarded when it is no JSON or nested deeper than any of ours.
Json parse_json(const std::string& text);

Json facts_json(const Scenario& scenario);
Json demand_json(const Demand& demand);
Json capacities_json(const Capacities& capacities);
Json plan_json(const Scenario& scenario, const Demand& demand, const Plan& plan);
Json ledger_json(const Scenario& scenario, const Ledger& ledger);
/// Exact to the micro-unit below 9e9.
double money_number(Money amount);

Json present_json(const Present& present);
/// What moves, alternatives and the other things that a plan tells beside itself.
void add_reasons(const Scenario& s, const Demand& d, const Plan& plan, Json& out);

}  // namespace tonnage::report
