#include "texts.hpp"

#include <algorithm>
#include <cmath>

#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::report {

namespace {

constexpr MoneyUnit money_units[] = {{1'000'000, ""}, {1'000'000'000, " k"}, {1'000'000'000'000, " M"}, {1'000'000'000'000'000, " B"}};

}  // namespace

MoneyUnit unit_for(std::int64_t largest_micros) {
  const std::int64_t size = std::abs(largest_micros);
  if (size >= 10'000'000'000'000'000) return money_units[3];
  if (size >= 10'000'000'000'000) return money_units[2];
  if (size >= 10'000'000'000) return money_units[1];
  return money_units[0];
}

namespace {

std::string in_unit(std::int64_t micros, MoneyUnit unit, int decimals) {
  return fixed(static_cast<double>(micros) / static_cast<double>(unit.micros), decimals);
}

std::int64_t step_of(MoneyUnit unit, int decimals) {
  std::int64_t step = unit.micros;
  for (int i = 0; i < decimals && step % 10 == 0; ++i) step /= 10;
  return step;
}

std::vector<Money> money_of(const Table& table, std::size_t column) {
  std::vector<Money> out;
  for (const auto& row : table.rows) {
    const Money* money = std::get_if<Money>(&row[column]);
    out.push_back(money != nullptr ? *money : Money());
  }
  return out;
}

MoneyUnit unit_of(const Table& table, std::size_t column) {
  const int other = table.columns[column].unit_as;
  if (other >= 0) return unit_of(table, static_cast<std::size_t>(other));
  Money total;
  std::int64_t largest = 0;
  for (const Money part : money_of(table, column)) {
    total += part;
    largest = std::max(largest, std::abs(part.micros()));
  }
  return unit_for(table.total ? std::max(largest, std::abs(total.micros())) : largest);
}

/// A money column as texts whose printed values add up to the printed total, which is appended when wanted.
std::vector<std::string> money_texts(const Table& table, std::size_t column, std::string& suffix) {
  const std::vector<Money> parts = money_of(table, column);
  const MoneyUnit unit = unit_of(table, column);
  suffix = unit.suffix;
  const int digits = table.columns[column].digits;
  const std::int64_t step = step_of(unit, digits);
  std::vector<std::string> out;
  if (table.total) {
    std::int64_t sum = 0;
    for (const std::int64_t micros : round_parts(parts, step)) {
      sum += micros;
      out.push_back(in_unit(micros, unit, digits));
    }
    out.push_back(in_unit(sum, unit, digits));
  } else {
    for (const Money part : parts) out.push_back(in_unit(round_parts({part}, step)[0], unit, digits));
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (std::holds_alternative<std::monostate>(table.rows[i][column])) out[i].clear();
  return out;
}

/// A column of numbers that add: rounded so that the printed parts give the printed total, which is appended.
std::vector<std::string> sum_texts(const Table& table, std::size_t column) {
  std::vector<Money> parts;
  for (const auto& row : table.rows) {
    const double* number = std::get_if<double>(&row[column]);
    parts.push_back(number != nullptr ? Money::from_double(*number) : Money());
  }
  const int digits = table.columns[column].digits;
  const std::int64_t step = step_of({1'000'000, ""}, digits);
  std::int64_t sum = 0;
  std::vector<std::string> out;
  for (const std::int64_t micros : round_parts(parts, step)) {
    sum += micros;
    out.push_back(Money::from_micros(micros).to_string(digits));
  }
  out.push_back(Money::from_micros(sum).to_string(digits));
  return out;
}

}  // namespace

Texts texts_of(const Table& table) {
  Texts out;
  out.rows = table.rows.size() + (table.total ? 1 : 0);
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const Column& column = table.columns[c];
    std::string header = column.title;
    std::vector<std::string> cells;
    if (column.kind == Column::Kind::money) {
      std::string suffix;
      cells = money_texts(table, c, suffix);
      header += suffix.empty() ? "" : "," + suffix;
    } else if (table.total && column.adds) {
      cells = sum_texts(table, c);
    } else {
      for (const auto& row : table.rows) {
        if (const auto* text = std::get_if<std::string>(&row[c])) cells.push_back(printable(*text));
        else if (const auto* number = std::get_if<double>(&row[c])) cells.push_back(std::isfinite(*number) ? fixed(*number, column.digits) : "");
        else if (const auto* money = std::get_if<Money>(&row[c])) cells.push_back(money->to_string(column.digits));
        else cells.emplace_back();
      }
      if (table.total) cells.emplace_back(c == 0 ? "total" : "");
    }
    out.headers.push_back(header);
    out.columns.push_back(std::move(cells));
  }
  return out;
}

Cell column_sum(const Table& table, std::size_t column) {
  const Column& of = table.columns[column];
  Money amount;
  double sum = 0;
  for (const auto& row : table.rows) {
    if (const auto* money = std::get_if<Money>(&row[column])) amount += *money;
    if (const auto* number = std::get_if<double>(&row[column])) sum += *number;
  }
  return of.kind == Column::Kind::money ? Cell(amount) : of.adds ? Cell(sum) : Cell();
}

ShortMoney short_unit(Money amount, int decimals) {
  const auto reaches = [&](const ShortMoney& as, std::int64_t size) { return std::abs(round_parts({amount}, step_of(as.unit, as.decimals))[0]) >= size; };
  ShortMoney out{money_units[0], 2};
  for (const MoneyUnit& larger : money_units) {
    if (larger.micros <= out.unit.micros) continue;
    if (!reaches(out, larger.micros)) return out;
    out = {larger, decimals + 1};  // below ten, a digit more
    if (reaches(out, 10 * larger.micros)) out.decimals = decimals;
  }
  return out;
}

std::string in_short_unit(Money amount, const ShortMoney& as) { return in_unit(round_parts({amount}, step_of(as.unit, as.decimals))[0], as.unit, as.decimals) + as.unit.suffix; }

std::string short_money(Money amount, int decimals) { return in_short_unit(amount, short_unit(amount, decimals)); }

}  // namespace tonnage::report
