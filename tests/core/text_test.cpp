#include "test.hpp"

#include "tonnage/core/csv.hpp"
#include "tonnage/core/diagnostics.hpp"
#include "tonnage/core/io.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/core/text.hpp"

using namespace tonnage;

TEST_CASE("numbers are read and written without a locale", "[core]") {
  CHECK(*parse_double("1.5e3") == 1500);
  CHECK(*parse_double("+2") == 2);
  CHECK_FALSE(parse_double("1,5"));
  CHECK_FALSE(parse_double("inf"));
  CHECK_FALSE(parse_double("0x10"));
  CHECK_FALSE(parse_double("1 "));
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(1e300) == "1e+300");
  CHECK(shortest(-0.0) == "0");
  CHECK(fixed(-0.0001, 2) == "0.00");
  CHECK(significant(1234567, 3) == "1230000");
  CHECK(significant(0.07412, 3) == "0.0741");
  CHECK(significant(12.5, 6) == "12.5");
}

TEST_CASE("suggestions are close and unique", "[core]") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("pue", "peu") == 1);
  CHECK(suggest("electicity", {"electricity", "power", "pue"}) == "electricity");
  CHECK(suggest("zzz", {"electricity", "power"}).empty());
  CHECK(suggest("ab", {"aa", "bb"}).empty());  // two are as close
}

TEST_CASE("a diagnostic shows place, excerpt, marker and hint", "[core]") {
  Diagnostics d;
  const int file = d.sources.add("a.yaml", "first\n  power: 9 MWh\n");
  d.error("unknown-unit", "unknown unit 'MWh' for power", {file, 2, 10, 15}, "did you mean '9 MW'?");
  CHECK(render(d, false) ==
        "error [unknown-unit]: unknown unit 'MWh' for power\n  --> a.yaml:2:10\n   |\n 2 |   power: 9 MWh\n   |          ^^^^^ did you mean '9 MW'?\n");
}

TEST_CASE("diagnostics are sorted, errors first, and cut with a count", "[core]") {
  Diagnostics d;
  const int file = d.sources.add("a", std::string(100, '\n'));
  for (int line = 60; line >= 1; --line) d.error("x", "m" + std::to_string(line), {file, line, 1, 0});
  d.warning("w", "late", {file, 1, 1, 0});
  CHECK(d.sorted().front().message == "m1");
  CHECK(d.sorted().back().severity == Severity::warning);
  CHECK(render(d, false).find("… and 11 more") != std::string::npos);
}

TEST_CASE("columns count characters, and steering characters are shown", "[core]") {
  CHECK(code_points("añb") == 3);
  CHECK(display_width("日本") == 4);
  CHECK(printable("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(printable("a\u202eb") == "a\\u202eb");
  Diagnostics d;
  CHECK_FALSE(check_encoding("ab\n\xc3\x28", 0, d));
  CHECK(d.items()[0].mark.line == 2);
  CHECK(d.items()[0].mark.column == 1);
  CHECK_FALSE(check_encoding(std::string_view("a\0b", 3), 0, d));
  CHECK_FALSE(check_encoding("\xed\xa0\x80", 0, d));  // a surrogate
}

TEST_CASE("CSV by RFC 4180", "[core]") {
  Diagnostics d;
  const std::string text = "\xEF\xBB\xBF" "a,b\r\n\"x,1\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",2";
  const CsvTable table = read_csv(text, d.sources.add("t.csv", text), d);
  REQUIRE(d.items().empty());
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].fields[0].text == "x,1");
  CHECK(table.rows[0].fields[1].text == "say \"hi\"");
  CHECK(table.rows[1].fields[0].text == "two\nlines");
  CHECK(table.rows[1].fields[1].mark.line == 4);
  for (const CsvRow& row : table.rows)
    for (const CsvField& field : row.fields) {
      Diagnostics again;
      const std::string round = "h\n" + csv_escape(field.text) + "\n";
      CHECK(read_csv(round, 0, again).rows[0].fields[0].text == field.text);
    }
}

TEST_CASE("CSV mistakes have their place", "[core]") {
  Diagnostics d;
  const std::string text = "a,b\n1\n\"x\"y,2\n3,4\n\"open,5\n";
  const CsvTable table = read_csv(text, d.sources.add("t.csv", text), d);
  CHECK(table.rows.size() == 1);
  REQUIRE(d.items().size() == 3);
  CHECK(d.items()[0].code == "csv-width");
  CHECK(d.items()[0].mark.line == 2);
  CHECK(d.items()[1].code == "csv-quote");
  CHECK(d.items()[1].mark.column == 4);
  CHECK(d.items()[2].mark.line == 5);
}

TEST_CASE("SHA-256 of the published test vector", "[core]") {
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
}
