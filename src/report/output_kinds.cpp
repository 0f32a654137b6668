#include "output_kinds.hpp"

#include <stdexcept>

namespace tonnage::report {

namespace {

/// With closed loops a fleet is offered requests in flight, not requests a second.
TableText closed_loops() {
  for (const TableText& table : plan_tables())
    if (std::string(table.command) == "simulate") {
      TableText out = table;
      out.command = "simulate --arrival closed:N";
      for (ColumnText& column : out.columns)
        if (std::string(column.name) == "load_per_s") column = {"concurrency", "requests", "in flight"};
      return out;
    }
  throw std::out_of_range("simulate");
}

}  // namespace

const std::vector<OutputKind>& output_kinds() {
  static const std::vector<OutputKind> kinds = {
    {"plan", "plan", "plan SCENARIO", {"headline~", "demand", "capacities", "plan", "ledger~", "checks~"}, {}},
    {"checks", "check", "check SCENARIO", {}, {{"checks", "check", "checks"}}},
    {"demand", "forecast", "forecast SCENARIO", {"demand"}, {}},
    {"forecast", "forecast", "forecast FILE", {}, {{"forecast", "forecast FILE", "forecast"}, {"backtest", "forecast FILE --backtest", "backtest"}}},
    {"capacities", "curve", "curve SCENARIO", {"capacities"}, {}},
    {"curve", "curve", "curve --model, or curve SCENARIO --simulate", {},
     {{"capacities~", "curve", "deployments"}, {"curve~", "curve", "curve"}, {"elasticities~", "curve", "elasticities"}, {"simulated~", "curve", "simulated"}, {"simulation~", "simulate SCENARIO", "deployment checks"}}},
    {"search", "curve", "curve --search", {}, {{"frontier", "curve --search", "frontier"}}},
    {"cases", "curve", "curve --cases FILE", {}, {{"cases", "curve --cases", "cases"}}},
    {"simulation", "simulate", "simulate", {},
     {{"simulation", "simulate", "simulation"}, {"simulation", "simulate --arrival closed:N", "simulation"}, {"simulation", "simulate SCENARIO", "deployment checks"}, {"pools~", "simulate", "pools"}}},
    {"calibration", "calibrate", "calibrate FILES", {}, {{"errors", "calibrate", "errors"}, {"factors", "calibrate", "factors"}}},
    {"efficiencies", "calibrate", "calibrate --hierarchy FILES", {}, {{"efficiencies", "calibrate --hierarchy", "efficiencies"}}},
    {"errors", "calibrate", "calibrate --hierarchy --folds N FILES", {}, {{"errors", "calibrate --hierarchy --folds", "errors"}}},
    {"allocation", "allocate", "allocate SCENARIO", {"demand", "capacities", "plan"}, {}},
    {"ledger", "tco", "tco SCENARIO", {"demand", "capacities", "plan", "ledger~"}, {}},
    {"uncertainty", "tco", "tco SCENARIO --uncertainty", {}, {{"quantiles", "tco --uncertainty", "quantiles"}, {"sensitivities", "tco --uncertainty", "sensitivities"}}},
    {"adaptation", "tco", "tco SCENARIO --uncertainty --adapt", {},
     {{"adaptation", "tco --uncertainty --adapt", "adaptation"}, {"worth", "tco --uncertainty --adapt", "worth"}, {"sensitivities", "tco --uncertainty --adapt", "sensitivities"}}},
    {"unit_costs", "tco", "tco SCENARIO --unit-costs", {}, {{"unit_costs", "tco --unit-costs", "unit_costs"}}},
    {"efficiency", "tco", "tco SCENARIO --efficiency", {}, {{"efficiency", "tco --efficiency", "efficiency"}}},
    {"actuals", "tco", "tco SCENARIO --actuals FILE", {},
     {{"months", "tco --actuals", "months"}, {"kinds", "tco --actuals", "kinds"}, {"cells", "tco --actuals", "cells"}, {"unmatched", "tco --actuals", "unmatched"}, {"notes", "tco --actuals", "notes"}}},
    {"asks", "asks", "asks SCENARIO", {}, {{"asks", "asks", "asks"}}},
    {"levers", "levers", "levers SCENARIO", {}, {{"levers", "levers", "levers"}}},
    {"commitments", "commitments", "commitments SCENARIO", {}, {{"portfolios", "commitments", "portfolios"}, {"orders", "commitments", "orders"}, {"offers", "commitments", "offers"}}},
    {"sweep", "sweep", "sweep SCENARIO", {}, {{"sweep", "sweep", "sweep"}}},
    {"diff", "diff", "diff BEFORE AFTER", {},
     {{"diff", "diff", "diff"}, {"figures", "diff", "figures"}, {"drivers~", "diff", "drivers"}, {"changes~", "diff", "changes"}, {"cash", "diff", "cash"}, {"investment", "diff", "investment"}}},
    {"explanation", "explain", "explain PLAN CELL", {}, {{"terms", "explain", "terms"}, {"effects", "explain", "effects"}, {"price_doubts", "explain", "price_doubts"}}},
    {"audit", "audit", "audit TABLE", {}, {{"findings", "audit", "findings"}, {"checked", "audit", "checked"}}},
    {"catalog", "catalog", "catalog", {},
     {{"catalog~", "catalog", "catalog"}, {"accelerators~", "catalog accelerators", "accelerators"}, {"nodes~", "catalog nodes", "nodes"}, {"models~", "catalog models", "models"}, {"offers~", "catalog offers", "offers"}, {"regions~", "catalog regions", "regions"}}},
  };
  return kinds;
}

const TableText& table_text(const TableUse& use) {
  static const std::vector<TableText> closed = {closed_loops()};
  for (const std::vector<TableText>* tables : {&plan_tables(), &bill_tables(), &more_tables(), &json_tables(), &closed})
    for (const TableText& table : *tables)
      if (std::string(table.command) == use.command && std::string(table.name) == use.name) return table;
  throw std::out_of_range(std::string(use.command) + ": " + use.name);
}

const OutputPart& output_part(const std::string& name) {
  for (const OutputPart& part : output_parts())
    if (name == part.name) return part;
  throw std::out_of_range(name);
}

std::string plain_name(const std::string& name) { return may_be_absent(name) ? name.substr(0, name.size() - 1) : name; }
bool may_be_absent(const std::string& name) { return !name.empty() && name.back() == '~'; }

}  // namespace tonnage::report
