#include "report/workbook.hpp"
#include "test.hpp"
#include "tonnage/core/io.hpp"
#include "tonnage/report/html.hpp"
#include "tonnage/report/xlsx.hpp"

using namespace tonnage;
using namespace tonnage::report;

namespace {

Page page() {
  Page out;
  out.title = "costs";
  out.facts = {{"Cost", "1.0 M", "", ""}};
  out.tables.push_back({"costs", "Costs", {{"pool", "pool"}, {"order_by", "by"}, {"cost_usd", "cost", Column::Kind::money, 2}}, {{std::string("=1+1"), std::string("2027-01-31"), Money::from_double(12.5)}}, true, ""});
  return out;
}

}  // namespace

TEST_CASE("a workbook that lost bytes is refused", "[report]") {
  const std::string bytes = to_xlsx(page(), {});
  CHECK_NOTHROW(check_workbook(bytes));
  CHECK(bytes == to_xlsx(page(), {}));
  for (const std::size_t kept : {std::size_t{0}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) CHECK_THROWS_AS(check_workbook(bytes.substr(0, kept)), IoError);
  std::string spoiled = bytes;
  spoiled[spoiled.size() / 3] = static_cast<char>(spoiled[spoiled.size() / 3] ^ 0x55);
  CHECK_THROWS_AS(check_workbook(spoiled), IoError);
}

TEST_CASE("cells of a workbook are named from A1", "[report]") {
  CHECK(cell_name(0, 0) == "$A$1");
  CHECK(cell_name(9, 27) == "$AB$10");
}

TEST_CASE("HTML escapes every text", "[report]") {
  Page nasty = page();
  nasty.title = "<script>\"'&\u202e";
  nasty.notes = {"</script><b>"};
  const std::string text = to_html(nasty);
  CHECK(text.find("&lt;script&gt;&quot;&#39;&amp;\\u202e") != std::string::npos);
  CHECK(text.find("<b>") == std::string::npos);
  CHECK(text.find("data-value=\"12.500000\"") != std::string::npos);
}
