// Load tests as a table: rows of a CSV to cases and what was measured in them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "tonnage/capacity/cases.hpp"
#include "tonnage/core/csv.hpp"

namespace tonnage::capacity {

struct CaseRow {
  std::string name;                                 ///< column case, id or name; else the line number
  std::string experiment;                           ///< rows of one server; empty: a row stands alone
  std::string group;                                ///< rows of one publication on one model and chip; empty: none
  ServingCase test;
  std::string reason;                               ///< why the row says nothing that can be predicted; empty when it can
  std::array<double, case_metrics> measured{};      ///< 0: not given
  bool overloaded = false;                          ///< the test says that the load was not carried
};

/// Columns of a table of cases with what they mean, in the order of the documentation.
struct CaseColumn {
  const char* names;   ///< alternatives, joined by "|"
  const char* help;
};
const std::vector<CaseColumn>& case_columns();

/// Reads every row in order. Reports columns that are missing ("csv-column"), numbers and words that make no sense
/// ("csv-number", "csv-range"): such a row is left out. A model or accelerator that the catalogue does not have, and a kind
/// of test that is not predicted, is no mistake: the row has a reason.
///
/// What a row does not say: the engine is vLLM; limits are the engine's defaults; the KV cache has the weights' form of
/// 8 bits in TensorRT-LLM and 16 bits elsewhere; closed loops start cold, and so does the first row of an experiment.
std::vector<CaseRow> read_cases(const CsvTable& table, int file, Diagnostics& diagnostics);

}  // namespace tonnage::capacity
