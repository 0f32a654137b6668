// Fits the constants of a step to load tests.
//
// In:   rows of load tests with what was measured (case_table.hpp).
// Out:  multipliers on the constants, by scope, with their uncertainty; errors before, after, and on what was left out.
// How:  every row is simulated (cases.hpp); the logarithms of the multipliers minimise a sum of Huber losses of
//       ln(predicted / measured) / sigma and of squares of the multipliers over their prior spreads: a maximum a posteriori
//       estimate by Levenberg-Marquardt (Moré 1978) with reweighting (Holland & Welsch 1977). Numeric derivatives, shared by
//       the scopes of a constant.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tonnage/capacity/case_table.hpp"
#include "tonnage/catalog/catalog.hpp"

namespace tonnage::capacity {

/// A multiplier to be fitted.
struct FittedFactor {
  std::string factor, scope, of;   ///< as in the table of efficiencies
  double prior_sd = 0;             ///< of its logarithm around 0
  double log_value = 0;            ///< fitted
  double log_sd = 0;               ///< posterior, from the curvature at the optimum
  int rows = 0;                    ///< that it applies to
};

enum class FactorScopes {
  one_set,    ///< one multiplier a constant for all rows: a user's own deployment, on top of the shipped table
  hierarchy   ///< by engine, chip, precision and so on: the shipped table itself
};

struct CalibrationOptions {
  FactorScopes scopes = FactorScopes::one_set;
  int iterations = 12;
  std::vector<std::string> only;   ///< constants to fit, the others stay where they start; empty: all
  int threads = 1;
  bool leave_one_out = true;       ///< refit without each experiment and predict it
};

/// Mean and median absolute relative error, and how many figures it is of.
struct ErrorSummary {
  double mean = 0, median = 0, p90 = 0;
  int figures = 0;
};

struct CalibrationErrors {
  ErrorSummary tpot, ttft, throughput;
};

struct Calibration {
  std::vector<FittedFactor> factors;
  CalibrationErrors before, after, left_out;
  int rows = 0;                    ///< that were used
  int experiments = 0;
  std::vector<std::string> unused; ///< rows that were not, with the reason
};

/// `table` holds the constants that the multipliers start from: the shipped one, or only its scope "all".
/// Rows with a reason, overloaded ones and those without a measured figure are not used. Deterministic for any number of
/// threads.
Calibration calibrate(std::span<const CaseRow> rows, const std::vector<EfficiencyFactor>& table, const CalibrationOptions& options);

/// Ratios of measured to predicted figures of rows that a fit had not seen, by kind of figure and class of evidence.
struct EvidenceError {
  std::string name;                ///< "tpot_mean_ms.same_setup", ".same_setup.stated" for tests that state the engine's limits
  double low_ratio = 1, high_ratio = 1;  ///< 8th and 92nd percentile: the 80 % interval of other groups
  double median_error = 0, p90_error = 0, mean_error = 0;  ///< absolute, relative to the measured
  int cases = 0;
};

/// Fits the hierarchy without each of `folds` parts of the groups and experiments, and without each chip, and predicts what
/// was left out. `fitted` is where each fit starts.
std::vector<EvidenceError> cross_validate(std::span<const CaseRow> rows, const std::vector<EfficiencyFactor>& table,
                                          const std::vector<FittedFactor>& fitted, const CalibrationOptions& options, int folds);

/// A table with fitted multipliers in it: those of scope "all" change its constants, the others are rows of their own.
std::vector<EfficiencyFactor> with_fitted(std::vector<EfficiencyFactor> table, std::span<const FittedFactor> fitted);

/// Where the fit of the shipped table starts: the constants of scope "all" and how far a fit may move them.
std::vector<EfficiencyFactor> prior_table();

}  // namespace tonnage::capacity
