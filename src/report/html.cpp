#include "tonnage/report/html.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "html_parts.hpp"
#include "svg.hpp"
#include "texts.hpp"
#include "tonnage/core/embedded.hpp"
#include "tonnage/core/io.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

namespace tonnage::report {

namespace {

std::string_view embedded_file(std::string_view path) {
  for (const embedded::EmbeddedFile& file : embedded::embedded_html())
    if (file.path == path) return file.contents;
  return {};
}

/// The hash of a Content-Security-Policy: sha256-… in base 64.
std::string policy_hash(std::string_view text) {
  const std::string hex = sha256(text);
  std::vector<unsigned> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(static_cast<unsigned>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned next = i + 1 < bytes.size() ? bytes[i + 1] : 0, last = i + 2 < bytes.size() ? bytes[i + 2] : 0;
    const unsigned group = bytes[i] << 16U | next << 8U | last;
    for (int k = 3; k >= 0; --k) out += digits[group >> (6U * static_cast<unsigned>(k)) & 63U];
  }
  const std::size_t padding = (3 - bytes.size() % 3) % 3;
  for (std::size_t k = 0; k < padding; ++k) out[out.size() - 1 - k] = '=';
  return "'sha256-" + out + "'";
}

/// Arrows as people draw them.
std::string fact_text(const std::string& text) {
  std::string out = escape_html(text);
  for (std::size_t at = out.find(" -&gt; "); at != std::string::npos; at = out.find(" -&gt; ")) out.replace(at, 7, " → ");
  return out;
}

/// The exact value of a cell, as CSV has it.
std::string exact(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return std::isfinite(*number) ? shortest(*number) : "";
  if (const auto* money = std::get_if<Money>(&cell)) return money->to_string();
  return {};
}

class Writer {
 public:
  std::string document(const Page& page, const std::vector<Section>& sections);

 private:
  std::string id(const std::string& wanted) {
    const int count = ++ids_[wanted];
    return count == 1 ? wanted : wanted + "-" + std::to_string(count);
  }
  void head(const Page& page);
  void facts(const Page& page);
  void section(const Section& section);
  void figure(const Figure& figure);
  void table(const Table& table, bool captioned);
  void row(const Table& table, const Texts& texts, std::size_t r);
  void totals(const Table& table, const Texts& texts);
  void add(const std::string& text) { out_ += text; }

  std::string out_;
  std::map<std::string, int> ids_;
};

void Writer::head(const Page& page) {
  const std::string_view style = embedded_file("style.css"), script = embedded_file("script.js");
  add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  add(fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'\">\n", policy_hash(style), policy_hash(script)));
  add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"tonnage " TONNAGE_VERSION "\">\n");
  add("<title>" + escape_html(page.title) + "</title>\n<style>" + std::string(style) + "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">To the content</a>\n");
}

void Writer::facts(const Page& page) {
  if (page.facts.empty()) return;
  add("<dl class=\"facts\">\n");
  for (std::size_t i = 0; i < page.facts.size(); ++i) {
    const Fact& fact = page.facts[i];
    if (fact.label[0] == ' ') continue;  // shown with the one it is a part of
    add("<div><dt>" + escape_html(fact.label) + "</dt><dd class=\"value\">" + fact_text(fact.value) + "</dd>");
    if (!fact.aside.empty()) add("<dd>" + fact_text(fact.aside) + "</dd>");
    for (std::size_t k = i + 1; k < page.facts.size() && page.facts[k].label[0] == ' '; ++k) {
      const Fact& part = page.facts[k];
      add("<dd>" + escape_html(part.label.substr(part.label.find_first_not_of(' '))) + " " + fact_text(part.value) + " " + fact_text(part.aside) + "</dd>");
    }
    if (!fact.remark.empty()) add("<dd class=\"soft\">" + fact_text(fact.remark) + "</dd>");
    add("</div>\n");
  }
  add("</dl>\n");
}

void Writer::row(const Table& table, const Texts& texts, std::size_t r) {
  add("<tr>");
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const bool text = table.columns[c].kind == Column::Kind::text;
    const std::string value = exact(table.rows[r][c]);
    const std::string tag = c == 0 && text ? "th" : "td";
    add("<" + tag + (tag == "th" ? " scope=\"row\"" : "") + (!text ? " class=\"n\"" : display_width(texts.columns[c][r]) <= 32 ? " class=\"s\"" : "") + (value.empty() ? "" : " data-value=\"" + value + "\"") + ">" + escape_html(texts.columns[c][r]) + "</" + tag + ">");
  }
  add("</tr>\n");
}

void Writer::totals(const Table& table, const Texts& texts) {
  if (!table.total || table.rows.empty()) return;
  add("<tfoot><tr>");
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string value = exact(column_sum(table, c));
    add(std::string("<td") + (table.columns[c].kind == Column::Kind::text ? "" : " class=\"n\"") + (value.empty() ? "" : " data-value=\"" + value + "\"") + ">" + escape_html(texts.columns[c].back()) + "</td>");
  }
  add("</tr></tfoot>\n");
}

void Writer::table(const Table& table, bool captioned) {
  if (!table.rows.empty()) {
    const Texts texts = texts_of(table);
    const std::string caption = table.title.empty() ? spaced(table.id) : table.title;
    add(fmt::format("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"table: {}\">\n<table id=\"{}\" data-name=\"{}\">\n<caption{}>{}</caption>\n<thead><tr>", escape_html(caption), id("table-" + table.id), escape_html(table.id),
                    captioned ? "" : " class=\"hidden\"", escape_html(caption)));
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const Column& column = table.columns[c];
      const std::string title = column.title.empty() ? spaced(column.name) + texts.headers[c] : texts.headers[c];
      add(std::string("<th scope=\"col\"") + (column.kind == Column::Kind::text ? "" : " class=\"n\"") + " data-name=\"" + escape_html(column.name) + "\">" + escape_html(title) + "</th>");
    }
    add("</tr></thead>\n<tbody>\n");
    for (std::size_t r = 0; r < table.rows.size(); ++r) row(table, texts, r);
    add("</tbody>\n");
    totals(table, texts);
    add("</table>\n</div>\n");
  }
  if (!table.note.empty()) add("<p class=\"soft\">" + escape_html(table.note) + "</p>\n");
}

void Writer::figure(const Figure& figure) {
  add(fmt::format("<figure id=\"{}\"{}>\n<figcaption><h3>{}</h3>{}</figcaption>\n<div class=\"scroll chart\" role=\"region\" tabindex=\"0\" aria-label=\"chart: {}\">{}</div>\n", id("figure-" + figure.id), figure.open ? " class=\"beside\"" : "", escape_html(figure.title),
                  figure.text.empty() ? "" : "<p>" + escape_html(figure.text) + "</p>", escape_html(figure.title + ", chart"), figure.svg));
  add(std::string("<details") + (figure.open ? " open" : "") + "><summary>The same as a table</summary>\n");
  table(figure.table, false);
  add("</details>\n</figure>\n");
}

void Writer::section(const Section& section) {
  const std::string name = id(section.id);
  add(fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-head\">\n<h2 id=\"{0}-head\">{1}</h2>\n", name, escape_html(section.title)));
  if (!section.lead.empty()) add("<p>" + escape_html(section.lead) + "</p>\n");
  if (!section.notes.empty()) {
    add("<ul class=\"notes\">\n");
    for (const std::string& note : section.notes) add("<li>" + escape_html(note) + "</li>\n");
    add("</ul>\n");
  }
  for (const Table& one : section.tables) {
    if (section.folded) add("<details><summary>" + escape_html(one.title.empty() ? spaced(one.id) : one.title) + "</summary>\n");
    table(one, !section.folded && section.tables.size() > 1);
    if (section.folded) add("</details>\n");
  }
  if (!section.figures.empty()) {
    add("<div class=\"figures\">\n");
    for (const Figure& one : section.figures) figure(one);
    add("</div>\n");
  }
  add("</section>\n");
}

std::string Writer::document(const Page& page, const std::vector<Section>& sections) {
  head(page);
  const auto dot = page.title.find(" · ");
  add("<header>\n<h1>" + fact_text(page.title.substr(0, dot)) + "</h1>\n");
  if (dot != std::string::npos) add("<p class=\"soft\">" + escape_html(page.title.substr(dot + 4)) + "</p>\n");
  facts(page);
  if (sections.size() > 2) {
    add("<nav aria-label=\"Sections\"><ul>");
    std::map<std::string, int> seen;
    for (const Section& one : sections) {
      const int count = ++seen[one.id];
      add("<li><a href=\"#" + one.id + (count == 1 ? "" : "-" + std::to_string(count)) + "\">" + escape_html(one.title) + "</a></li>");
    }
    add("</ul></nav>\n");
  }
  add("</header>\n<main id=\"content\">\n");
  for (const Section& one : sections) section(one);
  add("</main>\n<footer><p class=\"soft\">Made by tonnage " TONNAGE_VERSION ". Every number has its exact value in the CSV of its table.</p></footer>\n");
  add("<script>" + std::string(embedded_file("script.js")) + "</script>\n</body>\n</html>\n");
  return std::move(out_);
}

}  // namespace

std::string html_document(const Page& page, const std::vector<Section>& sections) { return Writer().document(page, sections); }

std::string to_html(const Page& page) {
  std::vector<Section> sections;
  for (const Table& table : page.tables) sections.push_back({table.id, table.title.empty() ? spaced(table.id) : table.title, "", {table}, {}, {}, false});
  if (!page.notes.empty()) sections.push_back({"notes", page.notes_title.empty() ? "Notes" : page.notes_title, "", {}, {}, page.notes, false});
  return html_document(page, sections);
}

}  // namespace tonnage::report
