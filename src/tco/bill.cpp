// Reads a bill in FOCUS columns.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/tco/actuals.hpp"

namespace tonnage::tco {

namespace {

const std::vector<std::string>& charge_categories() {
  static const std::vector<std::string> names = {"Usage", "Purchase", "Tax", "Credit", "Adjustment"};
  return names;
}

/// Words of bills for the units of a plan.
const std::map<std::string, std::string>& known_units() {
  static const std::map<std::string, std::string> names = {{"hour", "Hours"}, {"hours", "Hours"}, {"hr", "Hours"}, {"hrs", "Hours"}, {"h", "Hours"}, {"node-hours", "Hours"}, {"instance-hours", "Hours"},
                                                           {"month", "Months"}, {"months", "Months"}, {"mo", "Months"}, {"request", "Requests"}, {"requests", "Requests"}, {"kwh", "kWh"}, {"unit", "Units"}, {"units", "Units"},
                                                           {"node-months", "Node-Months"}, {"kw-months", "kW-Months"}};
  return names;
}

class BillReader {
 public:
  BillReader(const CsvTable& table, const std::string& currency, int file, Diagnostics& diagnostics) : table_(table), currency_(currency), file_(file), diagnostics_(diagnostics) {}

  std::vector<BillRow> read() {
    std::vector<BillRow> out;
    if (!columns()) return out;
    for (const CsvRow& row : table_.rows) out.push_back(one(row));
    if (out.empty() && !diagnostics_.has_errors()) diagnostics_.error("csv-empty", "there is no charge in this table", {file_, 1, 1, 0});
    return out;
  }

 private:
  bool columns() {
    if (table_.header.fields.empty()) return false;
    std::vector<std::string> present;
    for (const CsvField& field : table_.header.fields) present.push_back(field.text);
    bool all = true;
    for (const char* name : {"BilledCost", "EffectiveCost", "BillingCurrency", "ChargeCategory", "ChargePeriodStart", "ProviderName", "ServiceCategory"}) {
      if (table_.column(name) >= 0) continue;
      const std::string close = suggest(name, present);
      diagnostics_.error("csv-column", std::string("column '") + name + "' is missing", {file_, 1, 1, 0}, "", close.empty() ? "expected the columns of FOCUS 1.2" : "is it the column '" + close + "'?");
      all = false;
    }
    return all;
  }

  const CsvField* field(const CsvRow& row, const char* name) const {
    const int column = table_.column(name);
    return column < 0 ? nullptr : &row.fields[static_cast<std::size_t>(column)];
  }
  std::string text(const CsvRow& row, const char* name) const {
    const CsvField* found = field(row, name);
    const std::string out = found == nullptr ? std::string() : std::string(trim(found->text));
    return lower(out) == "null" ? std::string() : out;
  }

  double cost(const CsvRow& row, const char* name) {
    double value = 0;
    read_number(*field(row, name), value, diagnostics_);
    if (std::fabs(value) <= 9e12) return value;
    diagnostics_.error("csv-range", "an amount beyond 9,000,000,000,000", field(row, name)->mark);
    return 0;
  }

  void charge(const CsvRow& row, BillRow& out) {
    const std::string category = text(row, "ChargeCategory");
    const auto& known = charge_categories();
    if (std::find(known.begin(), known.end(), category) == known.end()) {
      const std::string close = suggest(category, known);
      diagnostics_.error("focus-value", "'" + printable(category) + "' is no category of charges, expected " + name_list(known), field(row, "ChargeCategory")->mark, close.empty() ? "" : "did you mean '" + close + "'?");
    }
    out.kind = charge_kind(category, text(row, "PricingCategory"), text(row, "CommitmentDiscountStatus"));
    const std::string in = text(row, "BillingCurrency");
    if (in != currency_) diagnostics_.error("currency", "a charge in '" + printable(in) + "', the scenario counts in " + currency_, field(row, "BillingCurrency")->mark);
  }

  std::optional<Date> day(const CsvRow& row, const char* name) {
    const CsvField* found = field(row, name);
    if (found == nullptr) return std::nullopt;
    const auto seconds = parse_time(trim(found->text));
    if (!seconds) {
      diagnostics_.error("csv-time", "'" + printable(found->text) + "' is not a time, expected e.g. 2027-01-31T00:00:00Z (UTC)", found->mark);
      return std::nullopt;
    }
    return std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{*seconds}});
  }

  /// InstanceType of SkuPriceDetails, else SkuId.
  std::string sku(const CsvRow& row) {
    const std::string details = text(row, "SkuPriceDetails");
    if (details.empty()) return text(row, "SkuId");
    const auto [found, fresh] = skus_.emplace(details, "");
    if (fresh) {
      constexpr int max_depth = 16;
      const auto json = nlohmann::json::parse(details, [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth <= max_depth; }, false);
      if (!json.is_object()) diagnostics_.error("focus-value", "SkuPriceDetails is no JSON object", field(row, "SkuPriceDetails")->mark);
      else if (const auto type = json.find("InstanceType"); type != json.end() && type->is_string()) found->second = type->get<std::string>();
    }
    return found->second.empty() ? text(row, "SkuId") : found->second;
  }

  BillRow one(const CsvRow& row) {
    BillRow out;
    out.mark = row.fields.front().mark;
    out.from = day(row, "ChargePeriodStart").value_or(Date());
    out.until = std::max(day(row, "ChargePeriodEnd").value_or(out.from), out.from + std::chrono::days{1});
    constexpr std::chrono::days longest{36525};
    if (out.until - out.from > longest) diagnostics_.error("csv-range", "a charge period of more than a hundred years", field(row, "ChargePeriodEnd")->mark);
    out.once = text(row, "ChargeFrequency") == "One-Time";
    out.billed = cost(row, "BilledCost");
    out.effective = cost(row, "EffectiveCost");
    charge(row, out);
    out.provider = text(row, "ProviderName");
    out.service = text(row, "ServiceCategory");
    out.region = text(row, "RegionId");
    out.sku = sku(row);
    if (text(row, "PricingQuantity").empty()) return out;
    double quantity = 0;
    if (!read_number(*field(row, "PricingQuantity"), quantity, diagnostics_)) return out;
    const auto [unit, times] = plain_unit(text(row, "PricingUnit"));
    out.unit = unit;
    out.quantity = quantity * times;
    return out;
  }

  const CsvTable& table_;
  const std::string& currency_;
  int file_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::string> skus_;  // by SkuPriceDetails
};

}  // namespace

std::string charge_kind(const std::string& charge_category, const std::string& pricing_category, const std::string& commitment_status) {
  if (charge_category != "Usage") return lower(charge_category);
  if (commitment_status == "Unused") return "unused";
  if (commitment_status == "Used" || pricing_category == "Committed") return "committed";
  return pricing_category == "Dynamic" ? "dynamic" : "on-demand";
}

std::pair<std::string, double> plain_unit(const std::string& unit) {
  std::string word(trim(unit));
  double times = 1;
  if (const auto space = word.find(' '); space != std::string::npos)
    if (const auto number = parse_double(word.substr(0, space)); number && *number > 0) {
      times = *number;
      word = std::string(trim(word.substr(space + 1)));
    }
  const auto found = known_units().find(lower(word));
  return {found == known_units().end() ? word : found->second, times};
}

std::vector<BillRow> read_bill(const CsvTable& table, const std::string& currency, int file, Diagnostics& diagnostics) { return BillReader(table, currency, file, diagnostics).read(); }

}  // namespace tonnage::tco
