// Uncertainty of cost on a fixed plan. In: a Ledger and the distributions of some of its inputs. Out: quantiles of its present
// value, Sobol' indices, a tornado. Lines that share the same uncertain factors collapse into one coefficient, so that a draw
// costs a few products. Points: Sobol' with Owen scrambling, in independent replicates that give the intervals. Indices: Saltelli
// et al., Comput. Phys. Commun. 181 (2010), first order, and Jansen (1999), total. The result does not depend on `threads`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tonnage/documents/ledger.hpp"
#include "tonnage/documents/spread.hpp"

namespace tonnage::tco {

struct Distribution {
  double middle = 0;                     ///< the plan's value
  Spread spread;
  std::vector<double> samples = {};      ///< sorted; where there are any, they are the distribution

  double quantile(double probability) const;
  /// Whether it is spread without steps.
  bool has_density() const;
  /// Chance of a value up to x, and its derivative; of those with a density.
  double probability(double x) const;
  double density(double x) const;
};

struct UncertainInput {
  std::string path;
  Distribution distribution;
};

struct RankCorrelation {
  int a = 0, b = 0;
  double rank = 0;  ///< Spearman's
};

/// constant + sum of coefficient x product of inputs.
struct CostExpression {
  struct Term {
    double coefficient = 0;
    std::vector<int> inputs;
  };
  double constant = 0;
  std::vector<Term> terms;
  double value(const std::vector<double>& inputs) const;
};

/// Present values of the lines; inputs that are no factors of a ledger, or are zero, stay at the plan's value.
CostExpression collapse(const Ledger& ledger, const std::vector<UncertainInput>& inputs);

struct Estimate {
  double value = 0, half_width = 0;  ///< of its 95 % interval
};

struct SamplingOptions {
  int samples = 65536;           ///< over all replicates
  std::uint64_t seed = 1;
  int threads = 1;
  bool indices = true;
  std::optional<double> budget;  ///< for its probability of being exceeded
};

struct Sampled {
  Estimate mean, sd, p10, p50, p90, exceeds_budget;
  std::vector<Estimate> first_order, total;  ///< by input; empty without spread, and for correlated inputs, whose variance has no such parts
};

/// Evaluates `count` points, given by a column for each input.
using Function = std::function<void(const std::vector<const double*>& columns, int count, double* out)>;

/// No joint distribution has such correlations.
struct ContradictingCorrelations : std::invalid_argument {
  explicit ContradictingCorrelations(int at) : std::invalid_argument("correlations contradict each other"), input(at) {}
  int input;  ///< the first at which they do, given those before it
};

/// Throws ContradictingCorrelations, and std::out_of_range for more than 32 inputs.
Sampled sample(const Function& function, const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations, const SamplingOptions& options);
Sampled sample(const CostExpression& cost, const std::vector<UncertainInput>& inputs, const std::vector<RankCorrelation>& correlations, const SamplingOptions& options);

/// Points of the joint distribution, each with a value for every input: Sobol' points with Owen scrambling. Throws as `sample`.
std::vector<std::vector<double>> joint_draws(const std::vector<Distribution>& inputs, const std::vector<RankCorrelation>& correlations, int count, std::uint64_t seed);

/// An input at its P10 and P90, the others at the plan's values.
struct TornadoBar {
  int input = 0;
  double at_p10 = 0, at_p90 = 0;
  std::optional<double> break_even;  ///< value of the input at which cost is the budget
};

/// Widest first; of equally wide ones as they were.
void sort_by_swing(std::vector<TornadoBar>& bars);
/// Widest first.
std::vector<TornadoBar> tornado(const CostExpression& cost, const std::vector<UncertainInput>& inputs, std::optional<double> budget);

}  // namespace tonnage::tco
