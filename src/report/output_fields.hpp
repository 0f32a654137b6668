// What the members of JSON documents mean: the rows that their schema and docs/outputs.md are made of.
#pragma once

#include <vector>

#include "columns.hpp"

namespace tonnage::report {

/// A member below a part of a document. Objects and arrays above it follow from its path.
struct OutputField {
  const char* path;     ///< "orders[].nodes"; [] an item of a list, {} a member of a map whose names are data
  const char* type;     ///< text, date, number, integer, flag, any, object, list; with ? it may be null, with ~ it may be absent
  const char* meaning;
};

struct OutputPart {
  const char* name;     ///< of the member: "demand"
  const char* meaning;
  std::vector<OutputField> fields;
};

/// Parts of the documents of plan, allocate, tco, forecast and curve.
const std::vector<OutputPart>& output_parts();
OutputPart plan_part();
OutputPart ledger_part();
OutputPart facts_part();

/// Tables that stand in JSON only; those of CSV are in columns.hpp.
const std::vector<TableText>& json_tables();

}  // namespace tonnage::report
