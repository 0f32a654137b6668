// The ledger as FOCUS rows: columns and values as FOCUS 1.2 spells them, our own with the prefix x_.
#include <fmt/format.h>

#include "tonnage/report/pages.hpp"
#include "tonnage/tco/focus.hpp"

namespace tonnage::report {

namespace {

using Kind = Column::Kind;
using tco::FocusRow;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Cell text_or_null(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

Cell number_or_null(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

Cell unit_price(const FocusRow& row, Money cost) {
  const bool priced = row.pricing_quantity && *row.pricing_quantity != 0;
  return priced ? Cell(cost.approximate() / *row.pricing_quantity) : Cell();
}

struct FocusColumn {
  const char* name;
  Kind kind;
  Cell (*value)(const pipeline::Run& run, const FocusRow& row);
};

const Period& period_of(const pipeline::Run& run, const FocusRow& row) { return run.loaded.scenario.periods[at(row.period)]; }
Cell start_of(const pipeline::Run& run, const FocusRow& row) { return to_string(period_of(run, row).start) + "T00:00:00Z"; }
Cell end_of(const pipeline::Run& run, const FocusRow& row) { return to_string(period_of(run, row).end) + "T00:00:00Z"; }
Cell name_of(const pipeline::Run& run, const FocusRow&) { return run.loaded.scenario.name; }
Cell currency_of(const pipeline::Run& run, const FocusRow&) { return run.ledger.currency; }
Cell provider_of(const pipeline::Run&, const FocusRow& row) { return row.provider; }
Cell region_of(const pipeline::Run&, const FocusRow& row) { return text_or_null(row.region); }
Cell resource_of(const pipeline::Run&, const FocusRow& row) { return text_or_null(row.resource); }
Cell workload_of(const pipeline::Run&, const FocusRow& row) { return text_or_null(row.workload); }
Cell commitment_of(const pipeline::Run&, const FocusRow& row) { return text_or_null(row.commitment); }
Cell if_committed(const FocusRow& row, const char* text) { return row.commitment.empty() ? Cell() : Cell(std::string(text)); }

const LineItem* line_of(const pipeline::Run& run, const FocusRow& row) { return row.line < 0 ? nullptr : &run.ledger.lines[at(row.line)]; }

/// The row's share of a figure of its line.
template <double LineItem::*figure>
Cell share_of(const pipeline::Run& run, const FocusRow& row) {
  const LineItem* line = line_of(run, row);
  return line == nullptr ? Cell(0.0) : Cell(line->*figure * row.share);
}

Cell flag_of(const pipeline::Run& run, const FocusRow& row, bool LineItem::*flag) {
  const LineItem* line = line_of(run, row);
  return std::string(line != nullptr && line->*flag ? "true" : "false");
}

const FocusColumn columns[] = {
    {"BilledCost", Kind::money, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.billed); }},
    {"BillingAccountId", Kind::text, name_of},
    {"BillingAccountName", Kind::text, name_of},
    {"BillingCurrency", Kind::text, currency_of},
    {"BillingPeriodEnd", Kind::text, end_of},
    {"BillingPeriodStart", Kind::text, start_of},
    {"ChargeCategory", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.charge_category); }},
    {"ChargeClass", Kind::text, [](const pipeline::Run&, const FocusRow&) { return Cell(); }},
    {"ChargeDescription", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.description); }},
    {"ChargeFrequency", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.charge_frequency); }},
    {"ChargePeriodEnd", Kind::text, end_of},
    {"ChargePeriodStart", Kind::text, start_of},
    {"CommitmentDiscountCategory", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return if_committed(row, "Usage"); }},
    {"CommitmentDiscountId", Kind::text, commitment_of},
    {"CommitmentDiscountName", Kind::text, commitment_of},
    {"CommitmentDiscountQuantity", Kind::number, [](const pipeline::Run&, const FocusRow& row) { return row.commitment.empty() ? Cell() : number_or_null(row.pricing_quantity); }},
    {"CommitmentDiscountStatus", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return text_or_null(row.status); }},
    {"CommitmentDiscountType", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return if_committed(row, "reserved"); }},
    {"CommitmentDiscountUnit", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return if_committed(row, row.unit.c_str()); }},
    {"ConsumedQuantity", Kind::number, [](const pipeline::Run&, const FocusRow& row) { return number_or_null(row.consumed_quantity); }},
    {"ConsumedUnit", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return row.consumed_quantity ? Cell(row.unit) : Cell(); }},
    {"ContractedCost", Kind::money, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.contracted); }},
    {"ContractedUnitPrice", Kind::number, [](const pipeline::Run&, const FocusRow& row) { return unit_price(row, row.contracted); }},
    {"EffectiveCost", Kind::money, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.effective); }},
    {"InvoiceIssuerName", Kind::text, provider_of},
    {"ListCost", Kind::money, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.list); }},
    {"ListUnitPrice", Kind::number, [](const pipeline::Run&, const FocusRow& row) { return unit_price(row, row.list); }},
    {"PricingCategory", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.pricing_category); }},
    {"PricingCurrency", Kind::text, currency_of},
    {"PricingQuantity", Kind::number, [](const pipeline::Run&, const FocusRow& row) { return number_or_null(row.pricing_quantity); }},
    {"PricingUnit", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return row.pricing_quantity ? Cell(row.unit) : Cell(); }},
    {"ProviderName", Kind::text, provider_of},
    {"PublisherName", Kind::text, provider_of},
    {"RegionId", Kind::text, region_of},
    {"RegionName", Kind::text, region_of},
    {"ResourceId", Kind::text, resource_of},
    {"ResourceName", Kind::text, resource_of},
    {"ResourceType", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return row.accelerators > 0 ? Cell(std::string("Node")) : Cell(); }},
    {"ServiceCategory", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.service_category); }},
    {"ServiceName", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.service_name); }},
    {"SkuId", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.sku); }},
    {"SkuPriceDetails", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return row.accelerators > 0 ? Cell(fmt::format("{{\"InstanceType\": \"{}\", \"GpuCount\": {}}}", row.sku, row.accelerators)) : Cell(); }},
    {"SubAccountId", Kind::text, workload_of},
    {"SubAccountName", Kind::text, workload_of},
    {"x_period", Kind::text, [](const pipeline::Run& run, const FocusRow& row) { return Cell(period_of(run, row).name); }},
    {"x_category", Kind::text, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.category); }},
    {"x_workload", Kind::text, workload_of},
    {"x_sunk", Kind::text, [](const pipeline::Run& run, const FocusRow& row) { return flag_of(run, row, &LineItem::sunk); }},
    {"x_cash", Kind::text, [](const pipeline::Run& run, const FocusRow& row) { return row.line < 0 ? Cell(std::string("true")) : flag_of(run, row, &LineItem::cash); }},
    {"x_cost_usd", Kind::money, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.cost); }},
    {"x_present_value_usd", Kind::money, [](const pipeline::Run&, const FocusRow& row) { return Cell(row.present_value); }},
    {"x_discount_factor", Kind::number, [](const pipeline::Run& run, const FocusRow& row) { return row.line < 0 ? Cell() : Cell(line_of(run, row)->discount); }},
    {"x_expense_usd", Kind::money, [](const pipeline::Run& run, const FocusRow& row) { return Cell(row.line >= 0 && !line_of(run, row)->cash ? row.cost : row.effective); }},
    {"x_energy_kwh", Kind::number, share_of<&LineItem::energy_kwh>},
    {"x_carbon_kg", Kind::number, share_of<&LineItem::carbon_kg>},
    {"x_carbon_market_kg", Kind::number, share_of<&LineItem::carbon_market_kg>},
    {"x_embodied_kg", Kind::number, share_of<&LineItem::embodied_kg>},
};

}  // namespace

Table focus_table(const pipeline::Run& run) {
  Table table{"focus", "", {}, {}, false, ""};
  for (const FocusColumn& column : columns) table.columns.push_back({column.name, "", column.kind, column.kind == Kind::money ? 2 : 3});
  for (const FocusRow& row : tco::focus_rows(run.loaded.scenario, run.demand, run.capacities, run.plan, run.ledger)) {
    std::vector<Cell> cells;
    for (const FocusColumn& column : columns) cells.push_back(column.value(run, row));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace tonnage::report
