#include "tonnage/report/difference_page.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "texts.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/tco/cash.hpp"

namespace tonnage::report {

namespace {

using Kind = Column::Kind;
using pipeline::DriverShare;

Money total(const PlanFile& plan) {
  Money sum;
  for (const PlanLine& line : plan.lines) sum += line.present_value;
  return sum;
}

std::string signed_money(Money amount) { return (amount >= Money() ? "+" : "") + short_money(amount); }

/// Present values by one field of the lines, in order of first appearance.
std::vector<std::pair<std::string, Money>> sums(const PlanFile& plan, std::string PlanLine::*field) {
  std::vector<std::pair<std::string, Money>> out;
  std::map<std::string, std::size_t> index;
  for (const PlanLine& line : plan.lines) {
    const std::string& key = (line.*field).empty() ? std::string("-") : line.*field;
    const auto [at, fresh] = index.emplace(key, out.size());
    if (fresh) out.push_back({key, Money()});
    out[at->second].second += line.present_value;
  }
  return out;
}

struct Compared {
  std::string name;
  Money before, after;
};

std::vector<Compared> compared(const Difference& d, std::string PlanLine::*field) {
  std::vector<Compared> out;
  auto before = sums(d.before, field);
  for (const auto& [key, amount] : sums(d.after, field)) {
    const auto same = std::find_if(before.begin(), before.end(), [&key = key](const auto& x) { return x.first == key; });
    out.push_back({key, same == before.end() ? Money() : same->second, amount});
    if (same != before.end()) before.erase(same);
  }
  for (const auto& [key, was] : before) out.push_back({key, was, Money()});
  return out;
}

struct Grouping {
  const char* name;
  std::string PlanLine::*field;
};
constexpr Grouping groupings[] = {{"category", &PlanLine::category}, {"period", &PlanLine::period}, {"pool", &PlanLine::pool}};

/// For people: before and after rounded alike, so that every change is the difference of what stands beside it, and all add up.
void round_alike(Table& table) {
  std::vector<Money> before, after;
  Money largest;
  for (const auto& row : table.rows) {
    before.push_back(std::get<Money>(row[1]));
    after.push_back(std::get<Money>(row[2]));
  }
  Money sum;
  for (const Money part : before) {
    sum += part;
    largest = std::max({largest, part, -part});
  }
  if (table.total) largest = std::max({largest, sum, -sum});
  const std::int64_t step = unit_for(largest.micros()).micros / 100;
  const auto a = round_parts(before, step);
  const auto b = round_parts(after, step);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    table.rows[i][1] = Money::from_micros(a[i]);
    table.rows[i][2] = Money::from_micros(b[i]);
    table.rows[i][3] = Money::from_micros(b[i] - a[i]);
  }
}

/// Before, after and change by one field of the lines; empty when nothing changed.
std::optional<Table> comparison(const Difference& d, const Grouping& by) {
  const bool categories = std::string(by.name) == "category";
  Table part{by.name, std::string("By ") + by.name, {{"name", ""}, {"before_usd", "before", Kind::money, 2}, {"after_usd", "after", Kind::money, 2, false, 1}, {"change_usd", "change", Kind::money, 2, false, 1}}, {}, categories, "", true};
  bool changed = false;
  for (const Compared& one : compared(d, by.field)) {
    changed = changed || one.after != one.before;
    if (categories || one.after != one.before) part.rows.push_back({one.name, one.before, one.after, one.after - one.before});
  }
  if (!changed) return std::nullopt;
  round_alike(part);
  return part;
}

Table figures_table(const Difference& d) {
  Table out{"figures", "Figures", {{"figure", "figure"}, {"before", "before", Kind::number, 2}, {"after", "after", Kind::number, 2}, {"unit", "unit"}}, {}, false, "", true};
  for (std::size_t i = 0; i < d.before.figures.size() && i < d.after.figures.size(); ++i)
    if (d.before.figures[i].unit != "USD") out.rows.push_back({d.before.figures[i].name, d.before.figures[i].value, d.after.figures[i].value, d.before.figures[i].unit});
  return out;
}

Money size(Money amount) { return amount < Money() ? -amount : amount; }

/// In the unit that suits the whole, so that parts can be compared at a glance.
std::string signed_part(Money part, Money whole) { return (part > Money() ? "+" : "") + in_short_unit(part, short_unit(whole, 1)); }

/// "+31.0 M capital, +1.9 M energy": the largest parts.
std::string parts_of(const DriverShare& share) {
  std::vector<std::pair<std::string, Money>> parts(share.by_category.begin(), share.by_category.end());
  std::stable_sort(parts.begin(), parts.end(), [](const auto& x, const auto& y) { return size(x.second) > size(y.second); });
  std::string out;
  for (std::size_t i = 0; i < parts.size() && i < 4; ++i)
    if (size(parts[i].second).micros() * 200 >= size(share.change).micros()) out += (out.empty() ? "" : ", ") + signed_part(parts[i].second, share.change) + " " + parts[i].first;
  return out;
}

constexpr const char* stated_name = "stated otherwise than planned now";

/// "± 1.2 k: " of a sampled share.
std::string between(const DriverShare& share, int orders) { return orders == 0 ? "" : "± " + short_money(Money::from_double(share.half_width_usd)) + ": "; }

Table drivers_page_table(const Difference& d) {
  Table out{"drivers", "What changed it", {{"driver", ""}, {"change_usd", "change", Kind::money, 2}, {"parts", "of it"}, {"nodes_end", "nodes", Kind::number, 1, true}, {"power_end_mw", "MW", Kind::number, 2, true}}, {}, true, ""};
  for (const DriverShare& share : d.drivers->shares) {
    if (share.driver.kind == "re-planning" && share.change == Money()) continue;
    const bool small = share.change != Money() && size(share.change) < share.open;
    out.rows.push_back({share.driver.name, share.change, between(share, d.drivers->orders) + (small ? "less than the plans' proofs can tell" : parts_of(share)), share.nodes_end, share.power_end_mw});
  }
  if (const Money rest = beyond_drivers(d); rest != Money()) out.rows.push_back({std::string(stated_name), rest, std::string("other version or options"), 0.0, 0.0});
  if (d.drivers->orders > 0) {
    out.note = fmt::format("each the mean over {} drawn orders of the changes (Shapley; ±: 95 % interval), from {} plans; nodes and MW at the end", d.drivers->orders, d.drivers->plans);
    return out;
  }
  out.note = fmt::format("each the mean over all orders in which the changes may be made (Shapley), from {} plans; nodes and MW at the end", d.drivers->plans);
  return out;
}

/// Empty where the plans pay the same, or one of them does not tell.
Table cash_table(const Difference& d) {
  Table out{"cash", "Cash", {{"quarter", "quarter"}, {"saved_usd", "saved", Kind::money, 2}}, {}, true, "", true};
  if (d.before.cash.empty() || d.after.cash.empty()) return out;
  const tco::Investment found = tco::compare_cash(d.before.cash, d.after.cash, d.before.discount_rate_per_year);
  for (const auto& [quarter, amount] : found.saved) out.rows.push_back({quarter, amount});
  if (std::all_of(found.saved.begin(), found.saved.end(), [](const auto& one) { return one.second == Money(); })) out.rows.clear();
  out.note = fmt::format("paid before less paid after; worth {} at {} % a year; {}; {}", short_money(Money::from_double(found.npv_usd)), significant(100 * d.before.discount_rate_per_year, 4),
                         found.irr_per_year ? "internal rate of return " + significant(100 * *found.irr_per_year, 4) + " % a year" : "no single internal rate of return", found.payback ? "paid back in " + *found.payback : "no payback");
  return out;
}

Table investment_table(const Difference& d) {
  Table out{"investment", "", {{"npv_usd", "", Kind::money, 2}, {"discount_rate_per_year", "", Kind::number}, {"irr_per_year", "", Kind::number}, {"payback", ""}}, {}, false, ""};
  const tco::Investment found = tco::compare_cash(d.before.cash, d.after.cash, d.before.discount_rate_per_year);
  out.rows.push_back({Money::from_double(found.npv_usd), d.before.discount_rate_per_year, found.irr_per_year ? Cell(*found.irr_per_year) : Cell(), found.payback ? Cell(*found.payback) : Cell()});
  return out;
}

Table changes_table(const Difference& d) {
  Table out{"changes", "Inputs that differ", {{"driver", "driver"}, {"input", "input"}, {"before", "before"}, {"after", "after"}}, {}, false, "", true};
  const auto text = [](const std::string& value) { return value.empty() ? std::string("-") : value; };
  for (const DriverShare& share : d.drivers->shares)
    for (const scenario::Change& change : share.driver.changes) out.rows.push_back({share.driver.name, scenario::to_string(change.path), text(change.before), text(change.after)});
  return out;
}

/// "+29.3 M, +20.5 %"
std::string verdict(Money before, Money change) {
  if (change == Money()) return "no change in cost";
  const double base = before.approximate();
  return signed_money(change) + (base > 0 ? fmt::format(", {:+.1f} %", 100 * change.approximate() / base) : "");
}

}  // namespace

Money beyond_drivers(const Difference& d) {
  Money rest = total(d.after) - total(d.before);
  if (!d.drivers) return Money();
  for (const DriverShare& share : d.drivers->shares) rest -= share.change;
  return rest;
}

Page difference_page(const Difference& d) {
  constexpr std::size_t most_inputs = 20;
  Page page;
  const Money change = total(d.after) - total(d.before);
  page.title = fmt::format("{} -> {} {}   {}", short_money(total(d.before)), short_money(total(d.after)), d.after.currency, verdict(total(d.before), change));
  if (d.drivers && (!d.drivers->shares.empty() || beyond_drivers(d) != Money())) page.tables.push_back(drivers_page_table(d));
  bool any = change != Money();
  for (const Grouping& by : groupings)
    if (auto part = comparison(d, by)) {
      page.tables.push_back(std::move(*part));
      any = true;
    }
  if (any) page.tables.push_back(figures_table(d));
  if (Table cash = cash_table(d); !cash.rows.empty()) page.tables.push_back(std::move(cash));
  if (d.drivers && !d.drivers->shares.empty()) {
    Table inputs = changes_table(d);
    if (inputs.rows.size() > most_inputs) {
      inputs.note = fmt::format("and {} more: --format json lists them all", inputs.rows.size() - most_inputs);
      inputs.rows.resize(most_inputs);
    }
    if (!inputs.rows.empty()) page.tables.push_back(std::move(inputs));
  }
  page.notes = d.notes;
  if (page.tables.empty()) page.notes.push_back("no category, period or pool differs; --set and --overlay change both when both are scenarios");
  return page;
}

Table difference_table(const Difference& d) {
  Table all{"diff", "", {{"by", "by"}, {"name", "name"}, {"category", "category"}, {"before_usd", "before", Kind::money, 2}, {"after_usd", "after", Kind::money, 2}, {"change_usd", "change", Kind::money, 2}}, {}, false, ""};
  all.rows.push_back({std::string("total"), std::string("present value"), Cell(), total(d.before), total(d.after), total(d.after) - total(d.before)});
  if (d.drivers) {
    for (const DriverShare& share : d.drivers->shares) all.rows.push_back({std::string("driver"), share.driver.name, Cell(), Cell(), Cell(), share.change});
    if (const Money rest = beyond_drivers(d); rest != Money()) all.rows.push_back({std::string("driver"), std::string(stated_name), Cell(), Cell(), Cell(), rest});
    for (const DriverShare& share : d.drivers->shares)
      for (const auto& [category, amount] : share.by_category) all.rows.push_back({std::string("driver and category"), share.driver.name, category, Cell(), Cell(), amount});
  }
  for (const Grouping& by : groupings)
    for (const Compared& one : compared(d, by.field)) all.rows.push_back({std::string(by.name), one.name, Cell(), one.before, one.after, one.after - one.before});
  return all;
}

std::string difference_json(const Difference& d) {
  std::vector<Table> tables = {difference_table(d), figures_table(d)};
  if (d.drivers) {
    Table drivers{"drivers", "", {{"driver", ""}, {"kind", ""}, {"replanned", ""}, {"change_usd", "", Kind::money, 2}, {"half_width_usd", "", Kind::money, 2}, {"open_usd", "", Kind::money, 2}, {"nodes_end", "", Kind::number}, {"power_end_mw", "", Kind::number}}, {}, false, ""};
    for (const DriverShare& share : d.drivers->shares)
      drivers.rows.push_back({share.driver.name, share.driver.kind, std::string(share.driver.replanned ? "yes" : "no"), share.change, Money::from_double(share.half_width_usd), share.open, share.nodes_end, share.power_end_mw});
    tables.push_back(std::move(drivers));
    tables.push_back(changes_table(d));
  }
  tables.push_back(cash_table(d));
  tables.push_back(investment_table(d));
  return table_json("diff", tables);
}

}  // namespace tonnage::report
