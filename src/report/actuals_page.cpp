#include "tonnage/report/actuals_page.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "tonnage/core/numbers.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::report {

namespace {

using Kind = Column::Kind;
using tco::ActualCell;
using tco::Actuals;

/// Amounts of some cells.
struct Sums {
  Money plan, actual, price, volume, mix, unsplit, planned, billed, plan_billed, actual_billed;

  void add(const ActualCell& cell) {
    plan += cell.plan.effective;
    actual += cell.actual.effective;
    price += cell.price;
    volume += cell.volume;
    mix += cell.mix;
    unsplit += cell.unsplit;
    planned += cell.only_planned;
    billed += cell.only_billed;
    plan_billed += cell.plan.billed;
    actual_billed += cell.actual.billed;
  }
  std::vector<Cell> cells() const { return {Cell(plan), Cell(actual), Cell(actual - plan), Cell(price), Cell(volume), Cell(mix), Cell(unsplit), Cell(billed), Cell(planned), Cell(plan_billed), Cell(actual_billed)}; }
};

std::vector<Column> sum_columns() {
  std::vector<Column> out;
  for (const auto& [name, title] : {std::pair{"plan_usd", "plan"}, {"actual_usd", "actual"}, {"difference_usd", "change"}, {"price_usd", "price"}, {"volume_usd", "volume"}, {"mix_usd", "mix"}, {"no_quantity_usd", "no quantity"},
                                    {"only_billed_usd", "unplanned"}, {"only_planned_usd", "unbilled"}, {"plan_billed_usd", "to pay"}, {"actual_billed_usd", "paid"}})
    out.push_back({name, title, Kind::money, 2});
  return out;
}

/// `keys` of each cell, in order of first appearance, and their sums.
template <class F>
Table summed(const char* id, const char* title, std::vector<Column> heads, const Actuals& actuals, F keys) {
  Table table{id, title, std::move(heads), {}, true, ""};
  std::map<std::vector<std::string>, Sums> sums;
  for (const ActualCell& cell : actuals.cells) sums[keys(cell)].add(cell);
  const int plan = static_cast<int>(table.columns.size());
  for (Column column : sum_columns()) {
    if (static_cast<int>(table.columns.size()) > plan) column.unit_as = plan;
    table.columns.push_back(std::move(column));
  }
  for (const auto& [key, sum] : sums) {
    std::vector<Cell> row(key.begin(), key.end());
    for (Cell& cell : sum.cells()) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table months_table(const Actuals& actuals) {
  return summed("months", "By month", {{"month", "month"}}, actuals, [](const ActualCell& cell) { return std::vector<std::string>{tco::month_name(cell.month)}; });
}

Table kinds_table(const Actuals& actuals) {
  return summed("kinds", "By provider, service and kind of charge", {{"provider", "provider"}, {"service", "service"}, {"kind", "kind"}}, actuals,
                [](const ActualCell& cell) { return std::vector<std::string>{cell.provider, cell.service, cell.kind}; });
}

/// What stands on one side only, over the months.
struct Alone {
  const ActualCell* first = nullptr;
  int months = 0, rows = 0;
  Money used, billed;
};

/// For the order of what has no counterpart.
Money size_of(const std::vector<Cell>& row) {
  const Money used = std::get<Money>(row[8]), billed = std::get<Money>(row[9]);
  return std::max({used, -used, billed, -billed});
}

Table unmatched_table(const Actuals& actuals, const SourceMap& sources) {
  std::map<std::vector<std::string>, Alone> all;
  for (const ActualCell& cell : actuals.cells) {
    if (cell.matched()) continue;
    const bool planned = cell.plan.rows > 0;
    const tco::CellSide& side = planned ? cell.plan : cell.actual;
    Alone& one = all[{planned ? "plan" : "bill", cell.provider, cell.service, cell.kind, cell.region, cell.sku}];
    if (one.first == nullptr) one.first = &cell;
    ++one.months;
    one.rows += side.rows;
    one.used += side.effective;
    one.billed += side.billed;
  }
  Table table{"unmatched", "Without a counterpart", {{"side", "only in"}, {"provider", "provider"}, {"service", "service"}, {"kind", "kind"}, {"region", "region"}, {"sku", "SKU"}, {"months", "months", Kind::number, 0}, {"rows", "rows", Kind::number, 0, true},
                                                     {"effective_usd", "used", Kind::money, 2}, {"billed_usd", "billed", Kind::money, 2}, {"missing", "the other has no"}, {"place", "first at"}}, {}, false, ""};
  for (const auto& [key, one] : all) {
    std::vector<Cell> row(key.begin(), key.end());
    for (const double count : {static_cast<double>(one.months), static_cast<double>(one.rows)}) row.emplace_back(count);
    for (const Money amount : {one.used, one.billed}) row.emplace_back(amount);
    row.emplace_back(one.first->missing);
    row.push_back(one.first->mark.known() ? Cell(sources.place(one.first->mark)) : Cell());
    table.rows.push_back(std::move(row));
  }
  std::stable_sort(table.rows.begin(), table.rows.end(), [](const auto& a, const auto& b) { return size_of(a) > size_of(b); });
  return table;
}

/// The largest, with one amount: what is used, of purchases what is paid.
Table unmatched_for_people(const Table& all) {
  constexpr std::size_t shown = 15;
  Table out{all.id, all.title, {}, {}, false, "names match without regard to case"};
  for (const std::size_t c : {0U, 1U, 2U, 3U, 4U, 5U, 7U, 8U, 10U}) out.columns.push_back(all.columns[c]);
  out.columns[7].title = "amount";
  for (std::size_t r = 0; r < all.rows.size() && r < shown; ++r) {
    const auto& row = all.rows[r];
    const Cell amount = std::get<Money>(row[8]) == Money() ? row[9] : row[8];
    out.rows.push_back({row[0], row[1], row[2], row[3], row[4], row[5], row[7], amount, row[10]});
  }
  if (all.rows.size() > shown) out.note += fmt::format("; {} more with --format csv", all.rows.size() - shown);
  return out;
}

bool below_a_cent(Money amount) { return std::max(amount, -amount).micros() < 5000; }

/// Without causes that there are none of; cash only by month, and rows of cash alone neither.
Table for_people(Table table, std::size_t keys, bool cash) {
  if (!cash) std::erase_if(table.rows, [&](const auto& row) { return below_a_cent(std::get<Money>(row[keys])) && below_a_cent(std::get<Money>(row[keys + 1])); });
  for (std::size_t c = table.columns.size(); c-- > keys + 3;) {
    const bool nothing = (!cash && c >= keys + 9) || std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return below_a_cent(std::get<Money>(row[c])); });
    if (!nothing) continue;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(c));
    for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(c));
  }
  return table;
}

std::string signed_money(Money amount) { return (amount > Money() ? "+" : "") + short_money(amount); }

std::vector<std::string> notes_of(const Actuals& actuals) {
  std::vector<std::string> out;
  if (actuals.months_to_come > 0) out.push_back(fmt::format("{} month{} of the plan after {} {} not compared: the bill ends there", actuals.months_to_come, actuals.months_to_come == 1 ? "" : "s", tco::month_name(actuals.last_month), actuals.months_to_come == 1 ? "is" : "are"));
  if (actuals.months_before > 0) out.push_back(fmt::format("{} month{} of the plan before {} {} not compared: the bill begins there", actuals.months_before, actuals.months_before == 1 ? "" : "s", tco::month_name(actuals.first_month), actuals.months_before == 1 ? "is" : "are"));
  if (actuals.ends) out.push_back(fmt::format("the bill ends on {}, its last month is compared with the plan of the whole month", to_string(*actuals.ends)));
  if (!actuals.by_region) out.push_back("the bill tells no regions: those of the plan are taken together");
  if (!actuals.by_sku) out.push_back("the bill tells no SKUs: those of the plan are taken together");
  return out;
}

/// The cells whose prices, volumes and mixes moved most.
Table causes_table(const Actuals& actuals) {
  Table table{"causes", "Largest causes", {{"cause", ""}, {"what", ""}, {"amount_usd", "amount", Kind::money, 2}, {"how", ""}}, {}, false, ""};
  struct Cause {
    Money amount;
    const char* name;
    const ActualCell* cell;
  };
  std::vector<Cause> causes;
  for (const ActualCell& cell : actuals.cells)
    for (const auto& [name, amount] : {std::pair{"price", cell.price}, {"volume", cell.volume}, {"mix", cell.mix}})
      if (!below_a_cent(amount)) causes.push_back({amount, name, &cell});
  std::stable_sort(causes.begin(), causes.end(), [](const Cause& a, const Cause& b) { return std::max(a.amount, -a.amount) > std::max(b.amount, -b.amount); });
  constexpr std::size_t shown = 8;
  for (std::size_t i = 0; i < causes.size() && i < shown; ++i) {
    const ActualCell& c = *causes[i].cell;
    const double p0 = c.plan.effective.approximate() / *c.plan.quantity, q1 = *c.actual.quantity;
    const std::string how = std::string(causes[i].name) == "price" ? fmt::format("{} planned, {} billed, USD for one of {}", significant(p0, 5), q1 == 0 ? "-" : significant(c.actual.effective.approximate() / q1, 5), c.plan.unit)
                                                                   : fmt::format("{} planned, {} billed, {}", significant(*c.plan.quantity, 6), significant(q1, 6), c.plan.unit);
    std::string what = fmt::format("{} {} {}", tco::month_name(c.month), c.provider, c.kind);
    for (const std::string& part : {c.region, c.sku}) what += part.empty() ? "" : " " + part;
    table.rows.push_back({std::string(causes[i].name), what, causes[i].amount, how});
  }
  return table;
}

}  // namespace

Page actuals_page(const std::string& scenario, const std::string& bill, const Actuals& actuals, const SourceMap& sources) {
  Sums all;
  for (const ActualCell& cell : actuals.cells) all.add(cell);
  Page page;
  page.title = fmt::format("{} · plan against {}, {} to {}", scenario, bill, tco::month_name(actuals.first_month), tco::month_name(actuals.last_month));
  const Money difference = all.actual - all.plan;
  const std::string percent = all.plan == Money() ? "" : fmt::format("{}{} % of the plan", difference > Money() ? "+" : "", significant(100 * difference.approximate() / all.plan.approximate(), 3));
  page.facts = {{"Plan", short_money(all.plan), fmt::format("{} rows", actuals.plan_rows), "effective cost: prepaid amounts where they are used"},
                {"Actual", short_money(all.actual), fmt::format("{} rows", actuals.bill_rows), ""},
                {"Difference", signed_money(difference), percent, ""}};
  for (const auto& [name, amount, why] : {std::tuple{"  price", all.price, "the same, at another price"}, {"  volume", all.volume, "more or less of it, at the plan's prices"}, {"  mix", all.mix, "other shares of regions and SKUs than planned"},
                                          {"  no quantity", all.unsplit, "both sides have it, not in one unit"}, {"  unplanned", all.billed, "only the bill has it"}, {"  unbilled", all.planned, "only the plan has it"}})
    if (!below_a_cent(amount)) page.facts.push_back({name, signed_money(amount), "", why});
  page.facts.push_back({"Cash", short_money(all.actual_billed), fmt::format("{} planned", short_money(all.plan_billed)), "billed cost: purchases when they are paid"});
  page.tables = {for_people(months_table(actuals), 1, true), for_people(kinds_table(actuals), 3, false)};
  if (Table causes = causes_table(actuals); !causes.rows.empty()) page.tables.push_back(std::move(causes));
  if (const Table alone = unmatched_table(actuals, sources); !alone.rows.empty()) page.tables.push_back(unmatched_for_people(alone));
  page.notes = notes_of(actuals);
  return page;
}

Table actual_cells_table(const Actuals& actuals, const SourceMap& sources) {
  Table table{"cells", "", {{"month", ""}, {"provider", ""}, {"service", ""}, {"kind", ""}, {"region", ""}, {"sku", ""}, {"plan_rows", "", Kind::number}, {"actual_rows", "", Kind::number}, {"plan_unit", ""}, {"plan_quantity", "", Kind::number},
                            {"actual_unit", ""}, {"actual_quantity", "", Kind::number}}, {}, false, ""};
  for (const Column& column : sum_columns()) table.columns.push_back(column);
  table.columns.push_back({"missing", ""});
  table.columns.push_back({"place", ""});
  const auto quantity = [](const tco::CellSide& side) { return side.quantity ? Cell(*side.quantity) : Cell(); };
  for (const ActualCell& c : actuals.cells) {
    Sums sums;
    sums.add(c);
    std::vector<Cell> row{tco::month_name(c.month), c.provider, c.service, c.kind, c.region, c.sku, static_cast<double>(c.plan.rows), static_cast<double>(c.actual.rows), c.plan.unit, quantity(c.plan), c.actual.unit, quantity(c.actual)};
    for (Cell& cell : sums.cells()) row.push_back(std::move(cell));
    row.emplace_back(c.missing);
    row.push_back(c.mark.known() ? Cell(sources.place(c.mark)) : Cell());
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string actuals_json(const Actuals& actuals, const SourceMap& sources) {
  Table notes{"notes", "", {{"note", ""}}, {}, false, ""};
  for (const std::string& note : notes_of(actuals)) notes.rows.push_back({note});
  return table_json("actuals", {months_table(actuals), kinds_table(actuals), actual_cells_table(actuals, sources), unmatched_table(actuals, sources), notes});
}

}  // namespace tonnage::report
