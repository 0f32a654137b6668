#include "tonnage/tco/audit.hpp"

#include <cmath>

#include "test.hpp"

using namespace tonnage;
using namespace tonnage::tco;

namespace {

double number(const std::string& text) {
  const auto read = read_printed_number(text);
  return read ? read->value : std::nan("");
}

Audit audit_of(const std::string& csv, const std::vector<std::string>& rules, bool infer = false) {
  Diagnostics diagnostics;
  const CsvTable table = read_csv(csv, diagnostics.sources.add("t.csv", csv), diagnostics);
  std::vector<AuditRule> read;
  for (const std::string& rule : rules) read.push_back(*read_rule(rule, {}, diagnostics));
  Audit out = audit(table, read, infer, diagnostics);
  INFO(render(diagnostics, false));
  REQUIRE_FALSE(diagnostics.has_errors());
  return out;
}

double value(const std::string& text) {
  Expression::Problem problem;
  const auto expression = Expression::parse(text, problem);
  INFO(problem.message);
  REQUIRE(expression);
  return expression->evaluate([](const CellReference&) { return 7.0; });
}

}  // namespace

TEST_CASE("numbers are read as they are printed", "[tco]") {
  REQUIRE(number("$1,234.50") == 1234.5);
  REQUIRE(number("(1,234)") == -1234);
  REQUIRE(number("30.1 %") == Approx(0.301));
  REQUIRE(number("0.46 M tokens") == Approx(460000));
  REQUIRE(number("12k") == 12000);
  REQUIRE(number("1.5e3 USD") == 1500);
  REQUIRE(number("-3 USD/h") == -3);
  REQUIRE(read_printed_number("30.1 %")->half_unit == Approx(0.0005));
  REQUIRE(read_printed_number("8,760")->half_unit == 0.5);
  for (const char* text : {"", "many", "1,23", "12..5", "3 = 4", "-", "1 2"}) REQUIRE_FALSE(read_printed_number(text));
}

TEST_CASE("expressions bind as in arithmetic", "[tco]") {
  REQUIRE(value("1 + 2 * 3 ^ 2 - 4 / 2") == 17);
  REQUIRE(value("-2 ^ 2") == -4);
  REQUIRE(value("2 ^ -1") == 0.5);
  REQUIRE(value("(a + `b c`[row 1]) * 1e-1") == Approx(1.4));
  Expression::Problem problem;
  for (const char* bad : {"", "1 +", "(1", "a b", "1..2", "`a", "a[b", "*"}) REQUIRE_FALSE(Expression::parse(bad, problem));
  REQUIRE_FALSE(Expression::parse(std::string(100000, '('), problem));
  REQUIRE_FALSE(Expression::parse(std::string(100000, '-') + "1", problem));
}

TEST_CASE("a table that adds up has no findings, whatever is looked for", "[tco]") {
  const std::string csv = "item,nodes,price,total\na,1,3.00,3.00\nb,2,5.00,10.00\nc,4,7.00,28.00\nd,5,1.10,5.50\ntotal,12,,46.50\n";
  REQUIRE(audit_of(csv, {"total = nodes * price", "total[total] = sum(total)", "price <= 7"}, true).findings.empty());
}

TEST_CASE("a last row that is called a total, and is one in a column, is compared in the others", "[tco]") {
  for (const char* name : {"Total cost", "Subtotal", "All items", "Cost total", "overall"}) {
    CAPTURE(name);
    const bool told = std::string(name) != "Subtotal";
    const std::string parts = "item,nodes,paid\na,1,30.00\nb,2,50.00\nc,4,70.00\n" + std::string(name);
    const Audit right = audit_of(parts + ",7,150.00\n", {}, true), wrong = audit_of(parts + ",7,160.00\n", {}, true);
    REQUIRE(right.findings.empty());
    REQUIRE(wrong.findings.size() == (told ? 1U : 0U));
    if (told) REQUIRE((wrong.findings[0].figure == "paid" && wrong.findings[0].mark.line == 5));
  }
  // A figure of its own below unlike ones is none.
  REQUIRE(audit_of("figure,value\nnodes,4\nprice,30\ntotal cost,120\n", {}, true).findings.empty());
}

TEST_CASE("each figure made wrong is found, and no other", "[tco]") {
  // Property: a table that keeps its rule, one cell times a factor.
  for (int wrong = 0; wrong < 6; ++wrong) {
    std::string csv = "item,a,b,total\n";
    for (int r = 0; r < 6; ++r) csv += "r" + std::to_string(r) + "," + std::to_string(3 + r) + "," + std::to_string(10 * r + 1) + "," + std::to_string((13 + 11 * r + 1 - 10) * (r == wrong ? 2 : 1)) + "\n";
    const Audit found = audit_of(csv, {}, true);
    REQUIRE(found.findings.size() == 1);
    REQUIRE(found.findings[0].row == "r" + std::to_string(wrong));
    REQUIRE(found.findings[0].figure == "total");
    REQUIRE(found.findings[0].mark.line == wrong + 2);
  }
}

TEST_CASE("likely slips are told from the ratio", "[tco]") {
  REQUIRE(likely_slip(8670, 8760, 0.5, true).find("digits changed places") != std::string::npos);
  REQUIRE(likely_slip(2.146, 2146.05, 0.0005, false).find("1,000 times too small") != std::string::npos);
  REQUIRE(likely_slip(720, 730, 0, true).find("720 hours") != std::string::npos);
  REQUIRE(likely_slip(720, 730, 0, false).empty());
  REQUIRE(likely_slip(-5, 5, 0, false).find("sign") != std::string::npos);
  REQUIRE(likely_slip(123, 456, 0.5, true).empty());
}

TEST_CASE("implausible figures are told by what the column is", "[tco]") {
  REQUIRE_FALSE(implausible("pue", 0.9).empty());
  REQUIRE(implausible("pue", 1.2).empty());
  REQUIRE(implausible("pue_overhead", 260).empty());
  REQUIRE_FALSE(implausible("site_hours_per_month", 760).empty());
  REQUIRE_FALSE(implausible("utilisation", 1.2).empty());
}
