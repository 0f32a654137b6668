// Which parts and tables each kind of JSON document has.
#pragma once

#include <string>
#include <vector>

#include "output_fields.hpp"

namespace tonnage::report {

/// A table of a document; several with the same member are alternatives. `member` with ~ may be absent.
struct TableUse {
  const char* member;
  const char* command;  ///< of its TableText
  const char* name;
};

struct OutputKind {
  const char* kind;
  const char* command;  ///< that writes it
  const char* call;     ///< how it is called for that
  std::vector<const char*> parts;  ///< of documents; with ~ absent where there is no plan
  std::vector<TableUse> tables;
};

const std::vector<OutputKind>& output_kinds();
/// Throws std::out_of_range for a table that is nowhere.
const TableText& table_text(const TableUse& use);
const OutputPart& output_part(const std::string& name);

/// "name~" without its mark, and whether it had one.
std::string plain_name(const std::string& name);
bool may_be_absent(const std::string& name);

}  // namespace tonnage::report
