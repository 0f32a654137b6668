#include "run_tables.hpp"

#include <algorithm>
#include <map>

#include "tonnage/documents/economics.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::report {

using Kind = Column::Kind;

Table all_orders_table(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  Table table{"orders", "All orders", {{"order_by", "by"}, {"pool", "pool"}, {"region", "region"}, {"node", "node"}, {"offer", "offer"}, {"period", "from"}, {"nodes", "nodes", Kind::number, 0, true}, {"present_value_usd", "cost", Kind::money, 2}}, {}, true,
              "cost: present value of holding them to the end of the horizon"};
  for (const Order& order : run.plan.orders) {
    const Pool& pool = s.pools[static_cast<std::size_t>(pool_index(s, order.pool))];
    table.rows.push_back({to_string(order.order_by), order.pool, pool.region, pool.node, std::string(to_string(pool.offer)), s.periods[static_cast<std::size_t>(order.period)].name, order.nodes, Money::from_double(order.present_value_usd)});
  }
  return table;
}

Table periods_table(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  Table table{"periods", "Periods", {{"period", "period"}, {"start", "from"}, {"end", "until"}, {"hours", "hours", Kind::number, 0}, {"months", "months", Kind::number, 2}, {"discount_factor", "discount factor", Kind::number, 6}}, {}, false, ""};
  for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) {
    const Period& period = s.periods[static_cast<std::size_t>(t)];
    table.rows.push_back({period.name, to_string(period.start), to_string(period.end), period_hours(s, t), period_months(s), discount_factor(s, t)});
  }
  return table;
}

std::vector<std::string> categories_of(const Ledger& ledger) {
  std::vector<std::string> out;
  std::map<std::string, Money> sums;
  for (const LineItem& line : ledger.lines) sums[line.category] += line.present_value;
  for (const auto& [name, sum] : sums) out.push_back(name);
  std::stable_sort(out.begin(), out.end(), [&](const std::string& a, const std::string& b) { return sums[a] > sums[b]; });
  return out;
}

Table cost_by_period_table(const pipeline::Run& run) {
  const Scenario& s = run.loaded.scenario;
  Table table{"cost_by_period", "Cost by period", {{"period", "period"}}, {}, true, "present value"};
  const std::vector<std::string> categories = categories_of(run.ledger);
  for (const std::string& category : categories) table.columns.push_back({category + "_usd", category, Kind::money, 2});
  table.columns.push_back({"total_usd", "total", Kind::money, 2});
  std::map<std::pair<int, std::string>, Money> sums;
  for (const LineItem& line : run.ledger.lines) sums[{line.period, line.category}] += line.present_value;
  for (int t = 0; t < static_cast<int>(s.periods.size()); ++t) {
    std::vector<Cell> row{s.periods[static_cast<std::size_t>(t)].name};
    Money total;
    for (const std::string& category : categories) {
      row.emplace_back(sums[{t, category}]);
      total += sums[{t, category}];
    }
    row.emplace_back(total);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table inputs_table(const pipeline::Run& run) {
  Table table{"inputs", "Files that were read", {{"file", "file"}, {"sha256", "SHA-256"}}, {}, false, ""};
  for (const scenario::InputFile& file : run.loaded.inputs) table.rows.push_back({file.name, file.sha256});
  return table;
}

}  // namespace tonnage::report
