#include "tonnage/report/page.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "texts.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::report {

namespace {

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

/// Words; a number and the unit after it are one: "7.1 %", "130.3 ms".
std::vector<std::string> unbreakable(const std::string& text) {
  std::vector<std::string> out;
  bool number = false;
  for (const std::string_view word : split(text, ' ')) {
    const bool unit = !word.empty() && (word[0] == '%' || std::isalpha(static_cast<unsigned char>(word[0])) != 0) && word.find_last_not_of(".,;:)") < 2;
    if (number && unit) out.back() += " " + std::string(word);
    else out.emplace_back(word);
    number = word.find_first_of("0123456789") != std::string_view::npos && std::isdigit(static_cast<unsigned char>(word.back())) != 0;
  }
  return out;
}

/// Breaks between words; continuation lines are indented.
std::string fold(const std::string& text, int width, int indent) {
  std::string out;
  std::string line;
  for (const std::string& word : unbreakable(text)) {
    const bool first = out.empty();
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width - (first ? 0 : indent)) {
      out += (first ? "" : std::string(static_cast<std::size_t>(indent), ' ')) + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + (out.empty() ? "" : std::string(static_cast<std::size_t>(indent), ' ')) + line + "\n";
}

/// Whether a row goes on in the next line before a column: where all columns do not fit side by side.
std::vector<bool> breaks_of(const std::vector<int>& widths, int limit) {
  std::vector<bool> out(widths.size(), false);
  int used = 1;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    if (used + 1 + widths[c] > limit && c > 0) {
      out[c] = true;
      used = 5;
    }
    used += widths[c] + 2;
  }
  return out;
}

std::string table_text(const Table& table, const TerminalStyle& style) {
  const Texts texts = texts_of(table);
  const std::vector<int> widths = widths_of(table, texts, style.width);
  const std::vector<bool> breaks = breaks_of(widths, style.width);
  const std::string bold = style.color ? "\x1b[1m" : "";
  const std::string plain = style.color ? "\x1b[0m" : "";
  std::string out;
  if (!table.title.empty()) out += bold + table.title + plain + "\n";
  const auto line = [&](auto cell_of) {
    std::string text = " ";
    for (std::size_t c = 0; c < widths.size(); ++c) {
      if (breaks[c]) text = rstrip(text) + "\n     ";
      text += " " + pad(cut(cell_of(c), widths[c]), widths[c], table.columns[c].kind != Column::Kind::text) + " ";
    }
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
  for (const char c : printable(text)) {
    if (c == '|' || c == '<' || c == '>' || c == '*' || c == '_' || c == '`' || c == '[' || c == ']' || c == '\\' || c == '#') out += '\\';
    out += c;
  }
  return out;
}

/// A text that a spreadsheet would take for a formula is preceded by an apostrophe.
std::string defuse(const std::string& text) {
  const bool runs = !text.empty() && (text[0] == '=' || text[0] == '+' || text[0] == '-' || text[0] == '@' || text[0] == '\t' || text[0] == '\r');
  return runs && !parse_double(text) && text != "-" ? "'" + text : text;
}

}  // namespace

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
      if (fact.remark.empty() && fact.aside.empty()) out += "  " + pad(fact.label, label, false) + "  " + fold(fact.value, style.width - label - 4, label + 4);
      else if (fact.remark.empty()) out += rstrip(head) + "\n";
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
  for (const std::string& note : page.notes) out += "- " + markdown_escape(note) + "\n";
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
