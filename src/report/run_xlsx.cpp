// A run as a workbook that calculates: assumptions, ledger, sums.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "assumptions.hpp"
#include "run_tables.hpp"
#include "sheets.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/report/pages.hpp"
#include "tonnage/report/xlsx.hpp"

namespace tonnage::report {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Columns of the sheet `ledger`; the factors lie between `factors` and the amount.
struct LedgerColumns {
  explicit LedgerColumns(const Ledger& ledger) {
    for (const LineItem& line : ledger.lines) factors = std::max(factors, static_cast<int>(line.factors.size()));
    last_row = static_cast<int>(ledger.lines.size());
  }
  int factors = 1;
  int last_row = 0;
  static constexpr int period = 0, period_number = 1, pool_number = 4, category = 8, words = 11, first_factor = 12;
  int amount() const { return first_factor + factors; }
  int discount() const { return amount() + 1; }
  int present_value() const { return amount() + 2; }
  std::string range(int column) const { return "ledger!" + cell_name(1, column) + ":" + cell_name(last_row, column); }
  std::string total(int column) const { return "ledger!" + cell_name(last_row + 1, column); }
};

std::vector<std::string> ledger_heads(const LedgerColumns& columns) {
  std::vector<std::string> out = {"period", "period_number", "period_start", "pool", "pool_number", "region", "provider", "workload", "category", "already_there", "cash", "factors"};
  for (int i = 1; i <= columns.factors; ++i) out.push_back(fmt::format("factor_{}", i));
  for (const char* name : {"cost_usd", "discount_factor", "present_value_usd", "quantity", "unit", "energy_kwh", "carbon_kg"}) out.emplace_back(name);
  return out;
}

std::string factor_words(const LineItem& line) {
  std::string out;
  for (const Factor& factor : line.factors) {
    out += out.empty() ? "" : " x ";
    out += factor.unit + (factor.unit.empty() || factor.name.empty() ? "" : " ") + factor.name;
  }
  return out;
}

void line_cells(Workbook& book, const Scenario& s, const Assumptions& assumptions, const LedgerColumns& columns, const LineItem& line, int row) {
  const Period& period = s.periods[at(line.period)];
  book.text(row, LedgerColumns::period, period.name);
  book.number(row, LedgerColumns::period_number, line.period + 1, 0);
  book.date(row, 2, period.start);
  book.text(row, 3, line.pool);
  book.number(row, LedgerColumns::pool_number, line.pool.empty() ? 0 : pool_index(s, line.pool) + 1, 0);
  int column = 5;
  for (const std::string& text : {line.region, line.provider, line.workload, line.category, std::string(line.sunk ? "yes" : "no"), std::string(line.cash ? "yes" : "no"), factor_words(line)}) book.text(row, column++, text);
  for (const Factor& factor : line.factors) {
    const std::string formula = assumptions.formula(line, factor);
    if (formula.empty()) book.number(row, column, factor.value, 4);
    else book.formula(row, column, formula, factor.value, 4);
    ++column;
  }
  const std::string product = fmt::format("{}:{}", cell_name(row, LedgerColumns::first_factor), cell_name(row, columns.amount() - 1));
  book.formula(row, columns.amount(), fmt::format("ROUND(PRODUCT({}),6)", product), line.amount.approximate(), 2);
  book.formula(row, columns.discount(), "periods!" + cell_name(line.period + 1, 5), line.discount, 6);
  book.formula(row, columns.present_value(), fmt::format("ROUND(PRODUCT({},{}),6)", product, cell_name(row, columns.discount())), line.present_value.approximate(), 2);
  book.number(row, columns.present_value() + 1, line.quantity, 1);
  book.text(row, columns.present_value() + 2, line.unit);
  book.number(row, columns.present_value() + 3, line.energy_kwh, 1);
  book.number(row, columns.present_value() + 4, line.carbon_kg, 1);
}

void ledger_sheet(Workbook& book, const pipeline::Run& run, const Assumptions& assumptions, const LedgerColumns& columns) {
  book.sheet("ledger");
  int column = 0;
  const std::vector<std::string> heads = ledger_heads(columns);
  for (const std::string& name : heads) book.text(0, column++, name, Look::head);
  int row = 1;
  for (const LineItem& line : run.ledger.lines) line_cells(book, run.loaded.scenario, assumptions, columns, line, row++);
  book.filter(0, row - 1, static_cast<int>(heads.size()) - 1, 1);
  book.text(row, 0, "total", Look::strong);
  const LedgerTotals& totals = run.ledger.totals;
  const int last = columns.present_value();
  for (const auto& [of, value] : {std::pair{columns.amount(), totals.amount.approximate()}, {last, totals.present_value.approximate()}, {last + 3, totals.energy_kwh}, {last + 4, totals.carbon_kg}})
    book.formula(row, of, fmt::format("SUM({}:{})", cell_name(1, of), cell_name(row - 1, of)), value, 2, Look::strong);
}

/// On the sheet of the periods: their discount factors follow the rate.
void discount_cells(Workbook& book, const pipeline::Run& run) {
  const Assumptions assumptions(run);
  for (int t = 0; t < static_cast<int>(run.loaded.scenario.periods.size()); ++t) book.formula(t + 1, 5, assumptions.discount_formula(t), discount_factor(run.loaded.scenario, t), 6);
}

/// Present values by period and category, each a SUMIFS over the ledger.
void cost_by_period_sheet(Workbook& book, const pipeline::Run& run, const LedgerColumns& columns) {
  const Table table = cost_by_period_table(run);
  const std::vector<std::string> categories = categories_of(run.ledger);
  const int count = static_cast<int>(categories.size());
  book.sheet("cost_by_period");
  book.text(0, 0, "period", Look::head);
  book.text(0, 1, "period_number", Look::head);
  for (int c = 0; c <= count; ++c) book.text(0, c + 2, table.columns[at(c + 1)].name, Look::head);
  int row = 1;
  const auto value = [&](int r, int c) { return std::get<Money>(table.rows[at(r)][at(c)]); };
  for (int t = 0; t < static_cast<int>(table.rows.size()); ++t, ++row) {
    book.text(row, 0, std::get<std::string>(table.rows[at(t)][0]));
    book.number(row, 1, t + 1, 0);
    for (int c = 0; c < count; ++c)
      book.formula(row, c + 2, fmt::format("SUMIFS({},{},{},{},\"{}\")", columns.range(columns.present_value()), columns.range(LedgerColumns::period_number), cell_name(row, 1), columns.range(LedgerColumns::category), categories[at(c)]),
                   value(t, c + 1).approximate(), 2);
    book.formula(row, count + 2, fmt::format("SUM({}:{})", cell_name(row, 2), cell_name(row, count + 1)), value(t, count + 1).approximate(), 2, Look::label);
  }
  book.filter(0, row - 1, count + 2, 1);
  book.text(row, 0, "total", Look::strong);
  for (int c = 0; c <= count; ++c) {
    Money sum;
    for (int t = 0; t < static_cast<int>(table.rows.size()); ++t) sum += value(t, c + 1);
    book.formula(row, c + 2, fmt::format("SUM({}:{})", cell_name(1, c + 2), cell_name(row - 1, c + 2)), sum.approximate(), 2, Look::strong);
  }
}

void cost_by_pool_sheet(Workbook& book, const pipeline::Run& run, const LedgerColumns& columns) {
  const Scenario& s = run.loaded.scenario;
  std::vector<LedgerTotals> totals(s.pools.size() + 1);
  for (const LineItem& line : run.ledger.lines) {
    LedgerTotals& one = totals[line.pool.empty() ? 0 : at(pool_index(s, line.pool) + 1)];
    one.amount += line.amount;
    one.present_value += line.present_value;
  }
  book.sheet("cost_by_pool");
  int column = 0;
  for (const char* name : {"pool", "pool_number", "region", "offer", "cost_usd", "present_value_usd"}) book.text(0, column++, name, Look::head);
  for (int p = 0; p <= static_cast<int>(s.pools.size()); ++p) {
    const int row = p + 1;
    book.text(row, 0, p == 0 ? "of no pool" : s.pools[at(p - 1)].name);
    book.number(row, 1, p, 0);
    if (p > 0) book.text(row, 2, s.pools[at(p - 1)].region), book.text(row, 3, to_string(s.pools[at(p - 1)].offer));
    for (const auto& [to, from, value] : {std::tuple{4, columns.amount(), totals[at(p)].amount}, {5, columns.present_value(), totals[at(p)].present_value}})
      book.formula(row, to, fmt::format("SUMIFS({},{},{})", columns.range(from), columns.range(LedgerColumns::pool_number), cell_name(row, 1)), value.approximate(), 2);
  }
  const int row = static_cast<int>(s.pools.size()) + 2;
  book.filter(0, row - 1, 5, 1);
  book.text(row, 0, "total", Look::strong);
  for (const auto& [to, value] : {std::pair{4, run.ledger.totals.amount}, {5, run.ledger.totals.present_value}}) book.formula(row, to, fmt::format("SUM({}:{})", cell_name(1, to), cell_name(row - 1, to)), value.approximate(), 2, Look::strong);
}

/// Planned, as the sheets now calculate it, and the difference. Returns the next free row.
int live_cells(Workbook& book, const Ledger& ledger, const LedgerColumns& columns, int row) {
  int column = 1;
  book.text(row, 0, "", Look::head);
  for (const char* name : {"planned_usd", "now_usd", "change_usd"}) book.text(row, column++, name, Look::head);
  ++row;
  for (const auto& [name, of, value] : {std::tuple{"present value", columns.present_value(), ledger.totals.present_value}, {"undiscounted", columns.amount(), ledger.totals.amount}}) {
    book.text(row, 0, name, Look::label);
    book.number(row, 1, value.approximate(), 2);
    book.formula(row, 2, columns.total(of), value.approximate(), 2, Look::label);
    book.formula(row, 3, fmt::format("SUM({},-{})", cell_name(row, 2), cell_name(row, 1)), 0, 2);
    ++row;
  }
  return row;
}

}  // namespace

std::string run_xlsx(const pipeline::Run& run, const Page& page) {
  const Scenario& s = run.loaded.scenario;
  const bool costs = !run.ledger.lines.empty();
  Workbook book(s.as_of, page.title);
  const LedgerColumns columns(run.ledger);
  book.sheet("summary");
  book.text(0, 0, page.title, Look::title);
  Page below = page;
  below.title.clear();
  int row = page_cells(book, below, costs ? live_cells(book, run.ledger, columns, 2) + 1 : 2);
  if (costs) book.text(row + 1, 0, "'now' follows the prices and the discount rate on the sheet 'assumptions'; all else on this sheet is as it was planned", Look::note);
  if (costs) {
    const Assumptions assumptions(run);
    assumptions.sheet(book);
    cost_by_period_sheet(book, run, columns);
    cost_by_pool_sheet(book, run, columns);
    ledger_sheet(book, run, assumptions, columns);
  }
  std::vector<Table> tables = {periods_table(run), all_orders_table(run), nodes_table(run)};
  for (const Table& table : page.tables) tables.push_back(table);
  tables.push_back(forecast_table(run));
  tables.push_back(deployments_table(run.capacities));
  if (costs) tables.push_back(plan_facts(run));
  tables.push_back(inputs_table(run));
  std::set<std::string> names = {"summary", "assumptions", "ledger", "cost_by_period", "cost_by_pool"};
  for (const Table& table : tables) {
    if (!names.insert(table.id).second) continue;
    table_sheet(book, table.id, table);
    if (table.id == "periods" && costs) discount_cells(book, run);
  }
  return book.finish();
}

}  // namespace tonnage::report
