#include "test.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "allocate/small_fleet.hpp"
#include "tonnage/core/csv.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"
#include "tonnage/report/page.hpp"

using namespace tonnage;
using namespace tonnage::report;

namespace {

Table money_table(const std::vector<double>& amounts) {
  Table table;
  table.id = "parts";
  table.columns = {{"what", ""}, {"cost_usd", "cost", Column::Kind::money, 1}};
  for (std::size_t i = 0; i < amounts.size(); ++i) table.rows.push_back({"part " + std::to_string(i), Money::from_double(amounts[i])});
  table.total = true;
  return table;
}

Page page_of(Table table) {
  Page page;
  page.tables.push_back(std::move(table));
  return page;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// The last number of a line in tenths.
long tenths(const std::string& line) { return std::lround(10 * std::stod(line.substr(line.rfind(' ') + 1))); }

Table text_table(const std::string& text) {
  Table table;
  table.id = "t";
  table.columns = {{"text", "text"}, {"n", "n", Column::Kind::number, 0}};
  table.rows.push_back({text, 1.0});
  return table;
}

/// The first cell of the one row, read back from the CSV.
std::string cell_of(const std::string& csv) {
  Diagnostics diagnostics;
  const CsvTable table = read_csv(csv, diagnostics.sources.add("t.csv", csv), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  REQUIRE(table.rows.size() == 1);
  return table.rows[0].fields[0].text;
}

}  // namespace

TEST_CASE("printed parts add up to the printed total", "[report]") {
  tonnage::testing::Draw draw(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> amounts;
    const double scale = std::pow(10, draw.between(0, 9));
    for (int i = draw.whole(1, 9); i > 0; --i) amounts.push_back(scale * draw.between(round % 3 == 0 ? -1 : 0, 1));
    const auto lines = lines_of(to_terminal(page_of(money_table(amounts)), {}));
    long sum = 0;
    const std::size_t first = lines.size() - 1 - amounts.size();
    for (std::size_t i = first; i + 1 < lines.size(); ++i) sum += tenths(lines[i]);
    CAPTURE(round, amounts);
    REQUIRE(lines.back().find("total") != std::string::npos);
    REQUIRE(sum == tenths(lines.back()));
  }
}

TEST_CASE("a third and two thirds: the largest remainder rounds up", "[report]") {
  const std::string text = to_terminal(page_of(money_table({1.0 / 3, 1.0 / 3, 1.0 / 3})), {});
  REQUIRE(text.find("part 0   0.4") != std::string::npos);
  REQUIRE(text.find("part 1   0.3") != std::string::npos);
  REQUIRE(text.find("total    1.0") != std::string::npos);
}

TEST_CASE("markdown keeps a table whole", "[report]") {
  const std::string text = to_markdown(page_of(text_table("a|b <i> *c* _d_ `e` [f](g)\nsecond")));
  const auto lines = lines_of(text);
  const auto row = std::find_if(lines.begin(), lines.end(), [](const std::string& line) { return line.find("a\\|b") != std::string::npos; });
  REQUIRE(row != lines.end());
  for (const char* raw : {" <i>", " *c*", " _d_", " `e`", " [f]"}) REQUIRE(row->find(raw) == std::string::npos);
  REQUIRE(row->back() == '|');
  for (const std::string& line : lines)
    if (!line.empty()) REQUIRE(line.front() == '|');
}

TEST_CASE("CSV gives text back, and a spreadsheet no formula", "[report]") {
  for (const char* text : {"plain", "a,b", "say \"yes\"", "two\nlines", "ends in \r", " spaces ", "caf\xC3\xA9"}) {
    CAPTURE(text);
    REQUIRE(cell_of(to_csv(text_table(text))) == text);
  }
  for (const char* text : {"=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1"}) {
    CAPTURE(text);
    const std::string cell = cell_of(to_csv(text_table(text)));
    REQUIRE(std::string("=+-@\t\r").find(cell.front()) == std::string::npos);
    REQUIRE(cell.find(text) != std::string::npos);
  }
  Table numbers = text_table("x");
  numbers.rows = {{std::string("x"), std::numeric_limits<double>::quiet_NaN()}, {std::string("y"), -0.1}, {std::monostate{}, 1e300}};
  REQUIRE(to_csv(numbers) == "text,n\nx,\ny,-0.1\n,1e+300\n");
}

TEST_CASE("control characters never reach a terminal", "[report]") {
  const std::string text = to_terminal(page_of(text_table("red \x1b[31m, bell \a, line\nbreak, right to left \xE2\x80\xAE")), {});
  for (const char c : std::string("\x1b\a\r")) REQUIRE(text.find(c) == std::string::npos);
  REQUIRE(text.find("\xE2\x80\xAE") == std::string::npos);
  REQUIRE(lines_of(text).size() == 2);
}

TEST_CASE("80 columns are enough", "[report]") {
  Page page;
  page.title = "fleet";
  page.facts = {{"Cost", "142.6 M", "P10 127.9 M · P90 163.0 M", "optimal within 0.08 % (proved), and a remark that goes on for much longer than a line has room for"}};
  Table table = money_table({1e6, 2e6});
  table.columns.push_back({"note", "note", Column::Kind::text, 0});
  for (auto& row : table.rows) row.push_back(std::string(150, 'x'));
  table.note = "worth: present value, with fractions of nodes allowed; of 3847.5 k paid for capacity, 2356.4 k carries work";
  page.tables.push_back(table);
  page.notes_title = "Watch";
  page.notes = {"a note of many words " + std::string(100, 'y') + " that goes on and on and on and on and on and on and on and on and on"};
  page.notes[0].replace(21, 100, "with words that are short enough to be broken between them at some place or another, as most are");
  for (const int width : {80, 100}) {
    for (const std::string& line : lines_of(to_terminal(page, {width, false}))) {
      CAPTURE(width, line);
      CHECK(display_width(line) <= width);
    }
  }
}

TEST_CASE("colour changes no letter", "[report]") {
  Table table = money_table({3.25, 4.5});
  table.title = "Parts";
  const std::string plain = to_terminal(page_of(table), {100, false});
  std::string colored = to_terminal(page_of(table), {100, true});
  REQUIRE(colored != plain);
  for (auto at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b')) colored.erase(at, colored.find('m', at) - at + 1);
  REQUIRE(colored == plain);
}

TEST_CASE("short money", "[report]") {
  REQUIRE(short_money(Money::from_double(142.6e6)) == "142.6 M");
  REQUIRE(short_money(Money::from_double(57723.15)) == "57.7 k");
  REQUIRE(short_money(Money::from_double(-57723.15)) == "-57.7 k");
  REQUIRE(short_money(Money()).front() == '0');
  REQUIRE(short_money(Money::from_double(1304100)) == "1.30 M");
  REQUIRE(short_money(Money::from_double(13041000)) == "13.0 M");
  REQUIRE(short_money(Money::from_double(950)) == "950.00");
  REQUIRE(short_money(Money::from_double(999.99)) == "999.99");
  REQUIRE(short_money(Money::from_double(999.995)) == "1.00 k");
  REQUIRE(short_money(Money::from_double(9994.99)) == "9.99 k");
  REQUIRE(short_money(Money::from_double(9995)) == "10.0 k");
  REQUIRE(short_money(Money::from_double(999949.99)) == "999.9 k");
  REQUIRE(short_money(Money::from_double(999950)) == "1.00 M");
  REQUIRE(short_money(Money::from_double(-999950)) == "-1.00 M");
  REQUIRE(short_money(Money::from_double(999950), 2) == "999.95 k");
  REQUIRE(short_money(Money::from_double(999.95e6)) == "1.00 B");
  REQUIRE(short_money(Money::from_double(9e12)) == "9000.0 B");
}

TEST_CASE("short money has from one to a thousand of its unit, at every border, and never grows as the amount shrinks", "[report]") {
  const auto value = [](const std::string& text, double& unit) {
    const auto space = text.find(' ');
    unit = space == std::string::npos ? 1 : text[space + 1] == 'k' ? 1e3 : text[space + 1] == 'M' ? 1e6 : 1e9;
    return std::stod(text.substr(0, space));
  };
  for (int decimals = 0; decimals <= 3; ++decimals) {
    double before = 0;
    for (double decade = 1; decade < 5e11; decade *= 10)
      for (const double near : {1.0, 1.0004, 1.0051, 1.3041, 4.99, 9.4, 9.94, 9.95, 9.994, 9.9949, 9.995, 9.9951, 9.9995, 9.99951, 9.999951, 9.9999999}) {
        const double amount = near * decade;
        double unit = 0;
        const std::string text = short_money(Money::from_double(amount), decimals);
        const double told = value(text, unit);
        INFO(text << " of " << amount << ", " << decimals);
        CHECK(told >= (unit > 1 ? 1 : 0));
        CHECK((told < 1000 || unit == 1e9));
        CHECK(std::fabs(told * unit - amount) <= (unit > 1 ? 0.5 * unit * std::pow(10, -decimals) : 0.005) * 1.0001 + 1e-6);
        if (unit > 1) CHECK(std::fabs(told * unit - amount) <= 0.0051 * amount * std::pow(10, 1 - std::max(1, decimals)) + 0.05 * amount * (decimals == 0));
        CHECK(told * unit >= before);
        before = told * unit;
        CHECK(short_money(Money::from_double(-amount), decimals) == "-" + text);
      }
  }
}

TEST_CASE("JSON tables hold null in place of what is no number", "[report]") {
  Table table = text_table("x");
  table.rows[0][1] = std::numeric_limits<double>::infinity();
  REQUIRE(table_json("thing", {table}).find("\"n\": null") != std::string::npos);
  table.rows[0][1] = Money::from_double(28903.817137);
  REQUIRE(table_json("thing", {table}).find("28903.817137\n") != std::string::npos);
}
