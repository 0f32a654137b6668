#include "tonnage/tco/actuals.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "tonnage/core/text.hpp"

namespace tonnage::tco {

namespace {

int month_of(Date day) {
  const std::chrono::year_month_day date{day};
  return static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

Date start_of(int month) { return std::chrono::sys_days{std::chrono::year{month / 12} / std::chrono::month{static_cast<unsigned>(month % 12 + 1)} / 1}; }

/// Amounts of one side while they are added up.
struct Sum {
  int rows = 0;
  Money effective, billed;
  double bill_effective = 0, bill_billed = 0;  // of a bill, whose rows may be finer than a millionth: rounded once
  double quantity = 0;
  bool quantified = true;
  std::set<std::string> units;

  void add(const std::optional<double>& more, const std::string& unit) {
    ++rows;
    quantified = quantified && more.has_value();
    quantity += more.value_or(0);
    if (more) units.insert(unit);
  }
  CellSide side() const {
    CellSide out{rows, effective + Money::from_double(bill_effective), billed + Money::from_double(bill_billed), std::nullopt, units.size() == 1 ? *units.begin() : ""};
    if (rows > 0 && quantified && units.size() == 1) out.quantity = quantity;
    return out;
  }
};

/// Names are compared without regard to case; the plan's spelling is shown.
using Key = std::tuple<int, std::string, std::string, std::string, std::string, std::string>;

struct Building {
  ActualCell cell;
  Sum plan, actual;
};

class Comparison {
 public:
  Comparison(const Scenario& scenario, const std::vector<FocusRow>& plan, const std::vector<BillRow>& bill) : s_(scenario), plan_(plan), bill_(bill) {}

  Actuals all() {
    scope();
    for (const FocusRow& row : plan_) add_plan(row);
    for (const BillRow& row : bill_) add_bill(row);
    for (auto& [key, one] : cells_) {
      one.cell.plan = one.plan.side();
      one.cell.actual = one.actual.side();
    }
    split();
    begin_keys();
    for (auto& [key, one] : cells_) {
      ActualCell& cell = one.cell;
      if (!cell.matched()) cell.missing = missing(cell);
      const bool empty = cell.plan.effective == Money() && cell.actual.effective == Money() && cell.plan.billed == Money() && cell.actual.billed == Money();
      if (!empty) out_.cells.push_back(std::move(cell));
    }
    return std::move(out_);
  }

 private:
  void scope() {
    out_.first_month = out_.last_month = month_of(bill_.front().from);
    out_.by_region = out_.by_sku = false;
    Date latest = bill_.front().until;
    for (const BillRow& row : bill_) {
      out_.first_month = std::min(out_.first_month, month_of(row.from));
      out_.last_month = std::max(out_.last_month, month_of(row.once ? row.from : row.until - std::chrono::days{1}));
      out_.by_region = out_.by_region || !row.region.empty();
      out_.by_sku = out_.by_sku || !row.sku.empty();
      if (!row.once) latest = std::max(latest, row.until);
    }
    out_.bill_rows = static_cast<int>(bill_.size());
    if (latest < start_of(out_.last_month + 1)) out_.ends = latest;
    const int first = month_of(s_.periods.front().start), last = month_of(s_.periods.back().end - std::chrono::days{1});
    out_.months_to_come = std::max(0, last - std::max(out_.last_month, first - 1));
    out_.months_before = std::max(0, std::min(out_.first_month, last + 1) - first);
  }

  Building& cell(int month, const std::string& provider, const std::string& service, const std::string& kind, const std::string& region, const std::string& sku) {
    const std::string where = out_.by_region ? region : "", what = out_.by_sku ? sku : "";
    const auto [found, fresh] = cells_.emplace(Key{month, lower(provider), lower(service), kind, lower(where), lower(what)}, Building());
    ActualCell& one = found->second.cell;
    if (!fresh) return found->second;
    one.month = month, one.kind = kind;
    int at_field = 0;
    for (const auto& [to, name] : {std::pair{&one.provider, provider}, {&one.service, service}, {&one.region, where}, {&one.sku, what}}) *to = spelling_.emplace(std::pair{at_field++, lower(name)}, name).first->second;
    return found->second;
  }

  /// The months of a charge, with the share of each and its amounts; the last takes what is left.
  struct Part {
    int month;
    double share;
    double effective, billed;
  };
  static std::vector<Part> parts(Date from, Date until, bool once, double effective, double billed) {
    if (once || until <= start_of(month_of(from) + 1)) return {{month_of(from), 1, effective, billed}};
    std::vector<Part> out;
    const double days = static_cast<double>((until - from).count());
    double used = effective, paid = billed;
    const auto part_of = [](double amount, double share, double& rest) {
      const double part = Money::from_double(amount * share).approximate();
      rest -= part;
      return part;
    };
    for (int month = month_of(from); start_of(month) < until; ++month) {
      const double share = static_cast<double>((std::min(until, start_of(month + 1)) - std::max(from, start_of(month))).count()) / days;
      if (start_of(month + 1) >= until) out.push_back({month, share, used, paid});
      else {
        const double part = part_of(effective, share, used);
        out.push_back({month, share, part, part_of(billed, share, paid)});
      }
    }
    return out;
  }

  static std::optional<double> times(const std::optional<double>& quantity, double share) { return quantity ? std::optional(*quantity * share) : std::nullopt; }

  void add_plan(const FocusRow& row) {
    const Period& period = s_.periods[static_cast<std::size_t>(row.period)];
    const std::string kind = charge_kind(row.charge_category, row.pricing_category, row.status);
    for (const Part& part : parts(period.start, period.end, row.charge_frequency == "One-Time", row.effective.approximate(), row.billed.approximate())) {
      if (part.month < out_.first_month || part.month > out_.last_month) continue;
      Building& one = cell(part.month, row.provider, row.service_category, kind, row.region, row.sku);
      one.plan.effective += Money::from_double(part.effective);
      one.plan.billed += Money::from_double(part.billed);
      one.plan.add(times(row.pricing_quantity, part.share), row.unit);
      ++out_.plan_rows;
    }
  }

  void add_bill(const BillRow& row) {
    for (const Part& part : parts(row.from, row.until, row.once, row.effective, row.billed)) {
      Building& one = cell(part.month, row.provider, row.service, row.kind, row.region, row.sku);
      if (one.actual.rows == 0) one.cell.mark = row.mark;
      one.actual.bill_effective += part.effective;
      one.actual.bill_billed += part.billed;
      one.actual.add(times(row.quantity, part.share), row.unit);
    }
  }

  static bool comparable(const ActualCell& c) { return c.matched() && c.plan.quantity && c.actual.quantity && c.plan.unit == c.actual.unit && *c.plan.quantity > 0; }

  /// Volume, mix and price of each cell.
  void split() {
    using Group = std::tuple<int, std::string, std::string, std::string, std::string>;  // month, provider, service, kind, unit
    const auto group_of = [](const Key& key, const std::string& unit) { return Group{std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), unit}; };
    std::map<Group, std::pair<double, double>> quantities;
    for (const auto& [key, one] : cells_) {
      if (!comparable(one.cell)) continue;
      auto& sums = quantities[group_of(key, one.cell.plan.unit)];
      sums.first += *one.cell.plan.quantity;
      sums.second += *one.cell.actual.quantity;
    }
    for (auto& [key, one] : cells_) {
      ActualCell& c = one.cell;
      if (c.actual.rows == 0) c.only_planned = c.difference();
      else if (c.plan.rows == 0) c.only_billed = c.difference();
      else if (!comparable(c)) c.unsplit = c.difference();
      else {
        const auto& [planned, billed] = quantities[group_of(key, c.plan.unit)];
        const double cost = c.plan.effective.approximate();
        c.volume = Money::from_double((billed - planned) / planned * cost);
        c.mix = Money::from_double((*c.actual.quantity - billed * *c.plan.quantity / planned) * cost / *c.plan.quantity);
        c.price = c.difference() - c.volume - c.mix;
      }
    }
  }

  /// Beginnings of the keys that a side has.
  void begin_keys() {
    for (const auto& [key, one] : cells_)
      for (int parts = 0; parts <= 4; ++parts) {
        if (one.plan.rows > 0) planned_.insert(beginning(one.cell, parts));
        if (one.actual.rows > 0) billed_.insert(beginning(one.cell, parts));
      }
  }

  static std::string beginning(const ActualCell& cell, int parts) {
    std::string out = std::to_string(cell.month);
    const std::string* const names[] = {&cell.provider, &cell.service, &cell.kind, &cell.region};
    for (int i = 0; i < parts; ++i) out += '\n' + lower(*names[i]);
    return out;
  }

  /// The first part of a cell's key that the other side does not have, in the order in which they narrow down.
  std::string missing(const ActualCell& cell) const {
    const bool planned = cell.plan.rows > 0;
    const auto has = [&](int parts) { return (planned ? billed_ : planned_).count(beginning(cell, parts)) > 0; };
    if (!has(0)) return "month " + month_name(cell.month);
    if (!has(1)) return fmt::format("provider '{}'", cell.provider);
    if (!has(2)) return fmt::format("service '{}'", cell.service);
    if (!has(3)) return cell.kind;
    if (!has(4)) return fmt::format("region '{}'", cell.region);
    return fmt::format("SKU '{}'", cell.sku);
  }

  const Scenario& s_;
  const std::vector<FocusRow>& plan_;
  const std::vector<BillRow>& bill_;
  std::map<Key, Building> cells_;
  std::set<std::string> planned_, billed_;  // beginnings of keys
  std::map<std::pair<int, std::string>, std::string> spelling_;  // of names by field, in lower case; the plan's where it has them
  Actuals out_;
};

}  // namespace

std::string month_name(int month) { return fmt::format("{:04}-{:02}", month / 12, month % 12 + 1); }

Actuals compare_actuals(const Scenario& scenario, const std::vector<FocusRow>& plan, const std::vector<BillRow>& bill) { return Comparison(scenario, plan, bill).all(); }

}  // namespace tonnage::tco
