// Documents as JSON, and plans read back for `diff` and `explain`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// Of every JSON document, and of the columns of tables.
inline constexpr const char* document_version = "1.0";

/// kind: "demand", "capacities", "plan" (allocation without cost), "ledger", or "report" (all of them: what `plan` writes).
/// Every document carries the resolved scenario, its typed facts, the inputs' hashes and the table of places.
std::string to_json(const pipeline::Run& run, const std::string& kind);

/// What `diff` and `explain` need of a plan.
struct PlanLine {
  std::string period, pool, region, workload, category, formula, sources;
  Money amount, present_value;
  std::vector<Factor> factors;
};
struct PlanFile {
  std::string name;
  std::string currency;
  std::vector<PlanLine> lines;
  struct Figure {
    std::string name, unit;
    double value = 0;
  };
  std::vector<Figure> figures;   ///< nodes, MW, growth, ...
  std::vector<std::pair<std::string, Money>> cash;  ///< paid by quarter
  double discount_rate_per_year = 0;                ///< effective
  Finance finance;                                  ///< rate and compounding
  Date start;                                       ///< of the horizon
  std::vector<PriceRecord> prices;
};

PlanFile summarize(const pipeline::Run& run);
/// From the JSON of `plan`. Returns nothing and says why in `error`.
std::optional<PlanFile> read_plan(const std::string& text, std::string& error);

/// The scenario of a document, to be planned again.
struct DocumentScenario {
  std::string tree;                        ///< as JSON
  std::vector<scenario::DataFile> files;
  std::optional<std::uint64_t> seed;
};
/// Nothing when the document has no scenario, or not the files that it names.
std::optional<DocumentScenario> read_scenario(const std::string& text);

/// What runs, from the JSON of `plan` or `allocate`, in the period in which the day falls (the first when all begin later, the
/// last when all ended before). Returns nothing and says why in `error`.
std::optional<Present> read_present(const std::string& text, Date day, std::string& error);

/// JSON of a page's tables: {"tonnage": ..., "kind": ..., "<table id>": [{column: value}]}.
std::string table_json(const std::string& kind, const std::vector<Table>& tables);
/// A JSON object a row, each on a line of its own.
std::string table_jsonl(const Table& table);

}  // namespace tonnage::report
