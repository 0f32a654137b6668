#include "tonnage/report/page.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::report {

namespace {

struct MoneyUnit {
  std::int64_t micros;
  const char* suffix;
};

MoneyUnit unit_for(std::int64_t largest_micros) {
  const std::int64_t size = std::abs(largest_micros);
  if (size >= 10'000'000'000'000) return {1'000'000'000'000, " M"};
  if (size >= 10'000'000'000) return {1'000'000'000, " k"};
  return {1'000'000, ""};
}

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

/// All cells of a table as texts, column by column, with headers.
struct Texts {
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> columns;
  std::size_t rows = 0;
};

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
        else cells.emplace_back();
      }
      if (table.total) cells.emplace_back(c == 0 ? "total" : "");
    }
    out.headers.push_back(header);
    out.columns.push_back(std::move(cells));
  }
  return out;
}

std::string pad(const std::string& text, int width, bool right) {
  const int missing = std::max(0, width - display_width(text));
  const std::string space(static_cast<std::size_t>(missing), ' ');
  return right ? space + text : text + space;
}

/// Cuts to a width at a character's edge, with an ellipsis.
std::string cut(const std::string& text, int width) {
  if (display_width(text) <= width) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t next = at + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U) ++next;
    const std::string one = text.substr(at, next - at);
    if (display_width(out) + display_width(one) > width - 1) break;
    out += one;
    at = next;
  }
  return out + "…";
}

std::string rstrip(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::vector<int> widths_of(const Table& table, const Texts& texts, int limit) {
  std::vector<int> widths;
  int total = 0;
  for (std::size_t c = 0; c < texts.columns.size(); ++c) {
    int width = display_width(texts.headers[c]);
    for (const std::string& cell : texts.columns[c]) width = std::max(width, display_width(cell));
    widths.push_back(width);
    total += width + 2;
  }
  // The widest text columns give way first.
  while (total > limit) {
    int widest = -1;
    for (std::size_t c = 0; c < widths.size(); ++c)
      if (table.columns[c].kind == Column::Kind::text && widths[c] > 12 && (widest < 0 || widths[c] > widths[static_cast<std::size_t>(widest)])) widest = static_cast<int>(c);
    if (widest < 0) break;
    --widths[static_cast<std::size_t>(widest)];
    --total;
  }
  return widths;
}

/// Breaks at spaces; continuation lines are indented.
std::string fold(const std::string& text, int width, int indent) {
  std::string out;
  std::string line;
  for (const std::string_view word : split(text, ' ')) {
    const bool first = out.empty();
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width - (first ? 0 : indent)) {
      out += (first ? "" : std::string(static_cast<std::size_t>(indent), ' ')) + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  return out + (out.empty() ? "" : std::string(static_cast<std::size_t>(indent), ' ')) + line + "\n";
}

std::string table_text(const Table& table, const TerminalStyle& style) {
  const Texts texts = texts_of(table);
  const std::vector<int> widths = widths_of(table, texts, style.width);
  const std::string bold = style.color ? "\x1b[1m" : "";
  const std::string plain = style.color ? "\x1b[0m" : "";
  std::string out;
  if (!table.title.empty()) out += bold + table.title + plain + "\n";
  const auto line = [&](auto cell_of) {
    std::string text = " ";
    for (std::size_t c = 0; c < widths.size(); ++c)
      text += " " + pad(cut(cell_of(c), widths[c]), widths[c], table.columns[c].kind != Column::Kind::text) + " ";
    return rstrip(text) + "\n";
  };
  const bool headed = texts.rows > 0 && std::any_of(texts.headers.begin(), texts.headers.end(), [](const std::string& h) { return !h.empty(); });
  if (headed) out += line([&](std::size_t c) { return texts.headers[c]; });
  for (std::size_t r = 0; r < texts.rows; ++r) out += line([&](std::size_t c) { return texts.columns[c][r]; });
  if (!table.note.empty()) out += "  " + fold(table.note, style.width - 2, 4);
  return out;
}

std::string markdown_escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '>' || c == '*' || c == '_' || c == '`' || c == '[' || c == ']' || c == '\\' || c == '#') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

/// A text that a spreadsheet would take for a formula is preceded by an apostrophe.
std::string defuse(const std::string& text) {
  const bool runs = !text.empty() && (text[0] == '=' || text[0] == '+' || text[0] == '-' || text[0] == '@' || text[0] == '\t' || text[0] == '\r');
  return runs && !parse_double(text) && text != "-" ? "'" + text : text;
}

}  // namespace

std::string short_money(Money amount, int decimals) {
  const MoneyUnit unit = unit_for(amount.micros());
  const std::int64_t micros = round_parts({amount}, step_of(unit, unit.suffix[0] == '\0' ? 2 : decimals))[0];
  return in_unit(micros, unit, unit.suffix[0] == '\0' ? 2 : decimals) + unit.suffix;
}

std::string to_terminal(const Page& page, const TerminalStyle& style) {
  const std::string bold = style.color ? "\x1b[1m" : "";
  const std::string plain = style.color ? "\x1b[0m" : "";
  std::string out;
  if (!page.title.empty()) {
    std::string title = fold(printable(page.title), style.width, 2);
    title.pop_back();
    out += bold + title + plain + "\n";
  }
  if (!page.facts.empty()) {
    int label = 0, value = 0;
    for (const Fact& fact : page.facts) {
      label = std::max(label, display_width(fact.label));
      value = std::max(value, display_width(fact.value) + (fact.aside.empty() ? 0 : 3 + display_width(fact.aside)));
    }
    out += "\n";
    for (const Fact& fact : page.facts) {
      const std::string main = fact.value + (fact.aside.empty() ? "" : "   " + fact.aside);
      const std::string head = "  " + pad(fact.label, label, false) + "  " + main;
      const bool fits = label + value + 6 + display_width(fact.remark) <= style.width;
      if (fact.remark.empty()) out += rstrip(head) + "\n";
      else if (fits) out += "  " + pad(fact.label, label, false) + "  " + pad(main, value, false) + "  " + fact.remark + "\n";
      else out += rstrip(head) + "\n" + std::string(static_cast<std::size_t>(label + 4), ' ') + fold(fact.remark, style.width - label - 4, label + 4);
    }
  }
  for (const Table& table : page.tables) out += (out.empty() ? "" : "\n") + table_text(table, style);
  if (!page.notes.empty()) out += "\n";
  if (!page.notes.empty() && !page.notes_title.empty()) out += bold + page.notes_title + plain + "\n";
  for (const std::string& note : page.notes) out += "  " + fold(printable(note), style.width - 2, 4);
  return out;
}

std::string to_markdown(const Page& page) {
  std::string out;
  if (!page.title.empty()) out += "# " + markdown_escape(page.title) + "\n\n";
  for (const Fact& fact : page.facts) {
    out += "- **" + fact.label + ":** " + markdown_escape(fact.value);
    for (const std::string& more : {fact.aside, fact.remark})
      if (!more.empty()) out += " · " + markdown_escape(more);
    out += "\n";
  }
  if (!page.facts.empty()) out += "\n";
  for (const Table& table : page.tables) {
    const Texts texts = texts_of(table);
    if (table.detail) out += "<details><summary>" + markdown_escape(table.title) + "</summary>\n\n";
    else if (!table.title.empty()) out += "## " + markdown_escape(table.title) + "\n\n";
    std::string header = "|", rule = "|";
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      header += " " + markdown_escape(texts.headers[c]) + " |";
      rule += table.columns[c].kind == Column::Kind::text ? " --- |" : " ---: |";
    }
    out += header + "\n" + rule + "\n";
    for (std::size_t r = 0; r < texts.rows; ++r) {
      out += "|";
      for (const auto& column : texts.columns) out += " " + markdown_escape(column[r]) + " |";
      out += "\n";
    }
    out += "\n" + (table.note.empty() ? "" : markdown_escape(table.note) + "\n\n");
    if (table.detail) out += "</details>\n\n";
  }
  if (!page.notes.empty() && !page.notes_title.empty()) out += "## " + page.notes_title + "\n\n";
  for (const std::string& note : page.notes) out += "- " + markdown_escape(printable(note)) + "\n";
  while (out.size() > 1 && out[out.size() - 1] == '\n' && out[out.size() - 2] == '\n') out.pop_back();
  return out;
}

std::string to_csv(const Table& table) {
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) out += (c == 0 ? "" : ",") + csv_escape(table.columns[c].name);
  out += "\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) out += ",";
      if (const auto* text = std::get_if<std::string>(&row[c])) out += csv_escape(defuse(*text));
      else if (const auto* number = std::get_if<double>(&row[c])) out += std::isfinite(*number) ? shortest(*number) : "";
      else if (const auto* money = std::get_if<Money>(&row[c])) out += money->to_string();
    }
    out += "\n";
  }
  return out;
}

}  // namespace tonnage::report
