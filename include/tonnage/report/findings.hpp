// Findings: checks and mistakes in the files, with their places, for the systems that run tonnage check: JUnit XML, SARIF 2.1.0
// and annotations of GitHub workflows.
#pragma once

#include <string>
#include <vector>

#include "tonnage/core/diagnostics.hpp"
#include "tonnage/pipeline/pipeline.hpp"

namespace tonnage::report {

struct Finding {
  enum class Kind { passed, warning, failed, not_run, mistake };
  Kind kind = Kind::passed;
  std::string rule;            ///< "check-failed", "unknown-key"
  std::string name;            ///< what was looked at: "cost <= 1 M USD"
  std::string message;
  std::string file;            ///< as named on the command line; empty: of no file
  int line = 0, column = 0, end_column = 0;  ///< from 1; 0: not known
};

/// Mistakes and warnings of reading the files, in order of their places; a passed one when there is no mistake.
std::vector<Finding> reading_findings(const std::string& scenario, const Diagnostics& diagnostics);
/// Of the checks, each with the place where it is written.
std::vector<Finding> check_findings(const std::vector<pipeline::CheckResult>& checks, const scenario::Node& tree, const SourceMap& sources);

/// The suite is named after the scenario.
std::string to_junit(const std::string& suite, const std::vector<Finding>& findings);
/// What passed is left out. `version` of the program.
std::string to_sarif(const std::string& version, const std::vector<Finding>& findings);
/// "::error file=fleet.yaml,line=3,col=5::message", a line each; what passed is left out.
std::string to_github(const std::vector<Finding>& findings);

}  // namespace tonnage::report
