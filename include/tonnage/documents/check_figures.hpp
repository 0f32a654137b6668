// Figures of a plan that a check may name: one table that the reader, the pipeline and the reports share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tonnage/documents/scenario.hpp"

namespace tonnage {

enum class FigureUnit { money, share, requests, mass, power, nodes, change };

/// A figure by its pattern: "region.REGION.cost". The word in capitals stands for a name of the scenario.
struct CheckFigure {
  const char* pattern;
  FigureUnit unit;
  const char* sentence;
};
const std::vector<CheckFigure>& check_figures();

/// A figure as a check names it: its row of the table, and the name in place of the word in capitals.
struct NamedFigure {
  const CheckFigure* figure = nullptr;
  std::string name;
};
/// Nothing when no pattern fits; whether the scenario has the name is for the caller to ask.
std::optional<NamedFigure> find_check_figure(const std::string& figure);

/// Names of the scenario that the pattern's word may stand for; empty when it has none.
std::vector<std::string> names_for(const CheckFigure& figure, const Scenario& scenario, const std::vector<std::string>& workloads);

/// Providers as the ledger and policies know them: regions.REGION.provider, without repetition.
std::vector<std::string> provider_names(const Scenario& scenario);

}  // namespace tonnage
