#include "schema_sections.hpp"

#include <fmt/format.h>

#include "tonnage/core/quantity.hpp"
#include "tonnage/documents/check_figures.hpp"
#include "tonnage/scenario/fields.hpp"
#include "tonnage/scenario/node.hpp"

namespace tonnage::scenario {

namespace {

const char* limit_words(FigureUnit unit) {
  switch (unit) {
    case FigureUnit::money: return "an amount: `210 M USD`";
    case FigureUnit::share: return "a share: `10 %`";
    case FigureUnit::requests: return "requests: `0`";
    case FigureUnit::mass: return "a mass: `5000 t`";
    case FigureUnit::power: return "a power: `9 MW`";
    case FigureUnit::nodes: return "nodes: `300 nodes`";
    case FigureUnit::change: return "an amount or a share: `2 M USD`, `5 %`";
  }
  return "";
}

}  // namespace

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string code(std::string_view text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

std::string kinds_section() {
  std::string out = "\n## Kinds of quantities\n\nOther units of the same dimension are read too.\n";
  out += "\n| kind | what | common units | bare number |\n|---|---|---|---|\n";
  for (const QuantityKind& kind : quantity_kinds()) {
    std::string units;
    for (const std::string_view unit : kind.units) units += (units.empty() ? "" : ", ") + code(unit);
    out += fmt::format("| {} | {} | {} | {} |\n", kind.name, cell(kind.expected), units, kind.bare_number ? "yes" : "");
  }
  return out;
}

std::string figures_section() {
  std::string out = "\n## Figures of checks\n\nA check is `FIGURE OP VALUE`; OP is one of `<=`, `>=`, `<`, `>`, `==`. Words in capitals stand for names of the scenario.\n";
  out += "\n| figure | what | compared with |\n|---|---|---|\n";
  for (const CheckFigure& figure : check_figures()) out += fmt::format("| {} | {} | {} |\n", code(figure.pattern), cell(figure.sentence), limit_words(figure.unit));
  return out;
}

}  // namespace tonnage::scenario
