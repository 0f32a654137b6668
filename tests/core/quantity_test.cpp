#include "test.hpp"

#include <stdexcept>

#include "tonnage/core/quantity.hpp"

using namespace tonnage;

namespace {

double value(const std::string& text, const Currencies& currencies = {}) {
  std::string error;
  const auto quantity = parse_quantity(text, currencies, error);
  INFO(text << ": " << error);
  REQUIRE(quantity);
  return quantity->value;
}

std::string problem(const std::string& text) {
  std::string error;
  CHECK_FALSE(parse_quantity(text, {}, error));
  return error;
}

}  // namespace

TEST_CASE("quantities are read in base units", "[core]") {
  CHECK(value("9 MW") == Approx(9e6));
  CHECK(value("0.074 USD/kWh") == Approx(0.074 / 3.6e6));
  CHECK(value("165 USD/kW/month") == Approx(165.0 / 1000 / (365.25 * 86400 / 12)));
  CHECK(value("460 k USD") == Approx(460000));
  CHECK(value("60 M USD/quarter") * 365.25 * 86400 / 4 == Approx(60e6));
  CHECK(value("1.2 k requests/s") == Approx(1200));
  CHECK(value("9k requests/s") == Approx(9000));
  CHECK(value("390 g/kWh") == Approx(390 / 3.6e6));
  CHECK(value("45 %") == Approx(0.45));
  CHECK(value("+40 %") == Approx(0.4));
  CHECK(value("-3%") == Approx(-0.03));
  CHECK(value("6 %/day") == Approx(0.06 / 86400));
  CHECK(value("96 GB") == Approx(96e9));
  CHECK(value("80 GiB") == Approx(80.0 * 1073741824));
  CHECK(value("620 TFLOP/s") == Approx(620e12));
  CHECK(value("600 ms") == Approx(0.6));
  CHECK(value("5 months") / (365.25 * 86400 / 12) == Approx(5));
  CHECK(value("2 M tokens/day") == Approx(2e6 / 86400));
  CHECK(value("0.40 USD/M tokens") == Approx(0.4e-6));
  CHECK(value("8 h/month") == Approx(8 * 3600 / (365.25 * 86400 / 12)));
  CHECK(value("1e3 W") == Approx(1000));
  CHECK(value("70.55 B") == Approx(70.55e9));
}

TEST_CASE("what is no quantity is refused with a reason", "[core]") {
  CHECK(problem("9 MWx").find("unknown unit 'MWx'") != std::string::npos);
  CHECK(problem("nine").find("does not start with a number") != std::string::npos);
  CHECK(problem(".nan").find("does not start with a number") != std::string::npos);
  CHECK(problem("1e400 W").find("does not start with a number") != std::string::npos);
  CHECK(problem("1e308 k USD").find("too large") != std::string::npos);
  CHECK(problem("").find("does not start with a number") != std::string::npos);
  CHECK(problem("5 USD/").find("unknown unit") != std::string::npos);
  CHECK(problem("5 EUR").find("unknown unit 'EUR'") != std::string::npos);
}

TEST_CASE("other currencies are worth what the scenario says", "[core]") {
  const Currencies currencies{"USD", {{"EUR", 1.08}}};
  CHECK(value("100 EUR", currencies) == Approx(108));
  CHECK(value("1 EUR/kWh", currencies) == Approx(1.08 / 3.6e6));
}

TEST_CASE("conversion checks the dimension", "[core]") {
  std::string error;
  const auto power = parse_quantity("9 MW", {}, error);
  REQUIRE(power);
  CHECK(convert(*power, "kW") == Approx(9000));
  CHECK_THROWS_AS(convert(*power, "kWh"), std::invalid_argument);
  CHECK(print_quantity(power->value, "MW") == "9 MW");
  CHECK(print_quantity(0.074 / 3.6e6, "USD/kWh") == "0.074 USD/kWh");
}

TEST_CASE("printing and reading a quantity agree", "[core]") {
  for (const QuantityKind& kind : quantity_kinds()) {
    for (const std::string_view unit : kind.units) {
      const std::string text = print_quantity(convert(1.0, unit) == 0 ? 0 : 12.5 / convert(1.0, unit), unit);
      INFO(text);
      CHECK(value(text) == Approx(12.5 / convert(1.0, unit)));
    }
  }
}
