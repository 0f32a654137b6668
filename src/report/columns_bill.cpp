// Columns of tables about bills and commitments.
#include "columns.hpp"

namespace tonnage::report {

std::vector<ColumnText> joined(std::vector<ColumnText> out, const std::vector<ColumnText>& middle, const std::vector<ColumnText>& last) {
  out.insert(out.end(), middle.begin(), middle.end());
  out.insert(out.end(), last.begin(), last.end());
  return out;
}

const std::vector<ColumnText>& comparison_sums() {
  static const std::vector<ColumnText> sums = {
    {"plan_usd", "USD", "EffectiveCost"},
    {"actual_usd", "USD", "EffectiveCost"},
    {"difference_usd", "USD", "actual less plan: the sum of the next six"},
    {"price_usd", "USD", "the same at another price"},
    {"volume_usd", "USD", "more or less of all that has the unit in the month, at the plan's prices"},
    {"mix_usd", "USD", "another share of it than planned, at the plan's price"},
    {"no_quantity_usd", "USD", "on both sides, but not in one unit"},
    {"only_billed_usd", "USD", "only in the bill"},
    {"only_planned_usd", "USD", "only in the plan"},
    {"plan_billed_usd", "USD", "BilledCost"},
    {"actual_billed_usd", "USD", "BilledCost"}
  };
  return sums;
}

const std::vector<TableText>& bill_tables() {
  static const std::vector<TableText> tables = {
    {"tco", "focus", "use in a period, or a purchase, in columns of FOCUS 1.2 and x_ columns of its own", "tonnage tco startup/startup.yaml --format csv",
     {{"BilledCost", "USD", "paid in the period: purchases when they are paid"},
      {"BillingAccountId", "", "name of the scenario"},
      {"BillingAccountName", "", "the same"},
      {"BillingCurrency", "", "of all amounts"},
      {"BillingPeriodEnd", "time", "UTC, first moment after"},
      {"BillingPeriodStart", "time", "UTC"},
      {"ChargeCategory", "", "Usage, Purchase or Adjustment"},
      {"ChargeClass", "", "empty: no correction"},
      {"ChargeDescription", "", "the factors that multiply to the amount of the line"},
      {"ChargeFrequency", "", "Usage-Based, Recurring or One-Time"},
      {"ChargePeriodEnd", "time", "UTC, first moment after"},
      {"ChargePeriodStart", "time", "UTC"},
      {"CommitmentDiscountCategory", "", "Usage: a commitment of hours, not of spending"},
      {"CommitmentDiscountId", "", "pool and first period, or pool and held"},
      {"CommitmentDiscountName", "", "the same"},
      {"CommitmentDiscountQuantity", "`CommitmentDiscountUnit`", "committed"},
      {"CommitmentDiscountStatus", "", "Used or Unused; empty: a purchase, or no commitment"},
      {"CommitmentDiscountType", "", "reserved"},
      {"CommitmentDiscountUnit", "", "Hours of nodes"},
      {"ConsumedQuantity", "`ConsumedUnit`", "used; empty: a purchase or an unused commitment"},
      {"ConsumedUnit", "", "as PricingUnit"},
      {"ContractedCost", "USD", "at prices without commitment"},
      {"ContractedUnitPrice", "USD", "of one of `PricingUnit`"},
      {"EffectiveCost", "USD", "used up in the period: prepaid amounts in equal parts, without interest; 0 for penalties that nobody is paid"},
      {"InvoiceIssuerName", "", "as ProviderName"},
      {"ListCost", "USD", "at the price on demand"},
      {"ListUnitPrice", "USD", "of one of `PricingUnit`"},
      {"PricingCategory", "", "Standard, Committed or Dynamic"},
      {"PricingCurrency", "", "of unit prices"},
      {"PricingQuantity", "`PricingUnit`", "what is paid for"},
      {"PricingUnit", "", "Hours (of nodes), Node-Months, kW-Months, kWh, Requests, Units ..."},
      {"ProviderName", "", "who is paid; own: nobody provides it"},
      {"PublisherName", "", "the same"},
      {"RegionId", "", "region of the scenario"},
      {"RegionName", "", "the same"},
      {"ResourceId", "", "pool of the scenario"},
      {"ResourceName", "", "the same"},
      {"ResourceType", "", "Node; empty: no node"},
      {"ServiceCategory", "", "Compute, Networking, Storage, Migration or Other"},
      {"ServiceName", "", "category of cost"},
      {"SkuId", "", "node type, else category"},
      {"SkuPriceDetails", "JSON", "InstanceType and GpuCount of a node"},
      {"SubAccountId", "", "workload; empty: shared"},
      {"SubAccountName", "", "the same"},
      {"x_period", "", "name of the period"},
      {"x_category", "", "capital, lease, commitment, energy, egress, unmet ..."},
      {"x_workload", "", "empty: shared"},
      {"x_sunk", "", "true: no decision changes it"},
      {"x_cash", "", "false: a penalty that nobody is paid"},
      {"x_cost_usd", "USD", "economic view: purchases as capital recovery, undiscounted"},
      {"x_present_value_usd", "USD", "of it, present value at the start of the horizon"},
      {"x_discount_factor", "1", "present value of 1 USD of the period; empty: a purchase"},
      {"x_expense_usd", "USD", "expense view, penalties included"},
      {"x_energy_kwh", "kWh", "electricity"},
      {"x_carbon_kg", "kg CO2e", "of the electricity, by location"},
      {"x_carbon_market_kg", "kg CO2e", "of the electricity, by market"},
      {"x_embodied_kg", "kg CO2e", "of making the nodes, in equal parts over their life"}}},
    {"tco --actuals", "cells", "a month, provider, service, kind of charge, region and SKU of a plan or a bill", "tonnage tco startup/startup.yaml --format csv | tonnage tco startup/startup.yaml --actuals /dev/stdin --format csv",
     joined({{"month", "", "of the charge period"},
      {"provider", "", "ProviderName"},
      {"service", "", "ServiceCategory"},
      {"kind", "", "on-demand, dynamic, committed, unused (commitment), purchase, tax, credit, adjustment"},
      {"region", "", "RegionId"},
      {"sku", "", "InstanceType of SkuPriceDetails, else SkuId"},
      {"plan_rows", "", "rows of the plan", "number"},
      {"actual_rows", "", "rows of the bill", "number"},
      {"plan_unit", "", "of the quantity; empty: none, or several"},
      {"plan_quantity", "`plan_unit`", "PricingQuantity"},
      {"actual_unit", "", "of the quantity; empty: none, or several"},
      {"actual_quantity", "`actual_unit`", "PricingQuantity"}},
      comparison_sums(),
      {{"missing", "", "what the other side does not have"},
      {"place", "", "first row in the bill"}})},
    {"commitments", "portfolios", "a way to commit to the nodes of a region", "tonnage commitments startup/startup.yaml --format csv",
     {{"region", "", "where the nodes are"},
      {"node", "", "node type"},
      {"way", "", "best, as planned, 80 % covered, none, foresight"},
      {"present_value_usd", "USD", "expected cost of the load, commitments held included"},
      {"coverage_percent", "%", "of the node-hours needed, served by committed nodes"},
      {"utilisation_percent", "%", "of the committed node-hours, used"},
      {"effective_savings_percent", "%", "against all on demand"},
      {"mean_regret_usd", "USD", "expected cost above that with the outcome known"},
      {"worst_regret_usd", "USD", "the same in the worst outcome"},
      {"tail_usd", "USD", "mean cost of the worst outcomes (CVaR)"}}},
  };
  return tables;
}

}  // namespace tonnage::report
