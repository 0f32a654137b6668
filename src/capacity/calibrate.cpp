#include "tonnage/capacity/calibrate.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "calibration_priors.hpp"
#include "tonnage/capacity/efficiency.hpp"
#include "tonnage/core/parallel.hpp"

namespace tonnage::capacity {
namespace {

constexpr double huber = 1.5;          ///< a user's own residuals beyond so many sigma count linearly
constexpr double published_freedom = 2;  ///< degrees of freedom of those of published tables (Student's t): some of their rows are wrong by far
constexpr double derivative_step = 0.04;
constexpr double no_prediction = 3;    ///< residual of a row that cannot run
constexpr double own_tpot_sigma = 0.04, own_ttft_sigma = 0.1;
/// A capacity that is overstated breaks a promise of latency, one that is understated costs money: where tests leave the engine's limits
/// open, a fit of the shipped table aims so much to the slow side.
constexpr double slow_side = 1.015;
/// Errors come in groups of alike ones: four fifths of those of other groups are within the 8th and 92nd percentile.
constexpr double interval_tail = 0.08;
constexpr double largest_step = 0.5;   ///< of a logarithm in one iteration

/// One measured figure of a row, and how exactly it should be met.
struct Observation {
  CaseMetric metric;
  double measured, sigma;
  double log_aside = 0;                ///< the fit aims so far above what was measured
};

struct FitRow {
  const CaseRow* row = nullptr;
  std::vector<Observation> observed;
  std::vector<int> factors;            ///< of the fitted ones, those that apply
};

ServingSetup setup_of(const ServingCase& c) { return {c.engine, c.engine_version, &c.accelerator, &c.model, c.precision, c.kv_precision}; }

double measured_of(const CaseRow& row, CaseMetric m) { return row.measured[static_cast<std::size_t>(m)]; }

/// A test that states the engine's limits leaves less to guess: its figures count for more. So do those of the one deployment that
/// multipliers are for: what another test of it would give differs little (runs repeated: 2 % and 3 % at the median, several times that
/// at the 90th percentile).
std::vector<Observation> observations_of(const CaseRow& row, FactorScopes scopes) {
  const bool stated = row.test.stated, own = scopes == FactorScopes::one_set;
  std::vector<Observation> out;
  const auto add = [&](CaseMetric metric, double sigma, double aside = 1) {
    if (const double value = measured_of(row, metric); value > 0) out.push_back({metric, value, sigma, std::log(aside)});
  };
  const double slow = stated || own ? 1 : slow_side;
  for (const CaseMetric m : {CaseMetric::tpot_mean, CaseMetric::tpot_p50}) add(m, stated ? 0.025 : own ? own_tpot_sigma : 0.12, slow);
  for (const CaseMetric m : {CaseMetric::ttft_mean, CaseMetric::ttft_p50}) {
    if (m == CaseMetric::ttft_p50 && measured_of(row, CaseMetric::ttft_mean) > 0) continue;
    add(m, stated ? 0.1 : own ? own_ttft_sigma : 0.35);
  }
  if (stated) add(CaseMetric::ttft_p99, 0.3);
  if (row.test.load == CaseLoad::offline) add(CaseMetric::output_tokens_per_s, own ? own_tpot_sigma : 0.12, 1 / slow);
  return out;
}

double residual(const CasePrediction& p, const Observation& o) {
  const double value = p[o.metric].value;
  return p.valid() && value > 0 ? (std::log(value / o.measured) - o.log_aside) / o.sigma : no_prediction;
}

/// Of a residual: its loss, and the weight with which a square stands for that (iteratively reweighted least squares).
struct Robust {
  FactorScopes scopes;

  double loss(double z) const {
    if (scopes == FactorScopes::hierarchy) return (published_freedom + 1) * std::log1p(z * z / published_freedom);
    return std::abs(z) < huber ? z * z : 2 * huber * std::abs(z) - huber * huber;
  }
  double weight(double z) const {
    if (scopes == FactorScopes::hierarchy) return (published_freedom + 1) / (published_freedom + z * z);
    return std::abs(z) < huber ? 1 : huber / std::abs(z);
  }
};

class Fit {
 public:
  Fit(const std::vector<FitRow>& rows, std::vector<FittedFactor>& factors, std::span<const EfficiencyFactor> table, const CalibrationOptions& options)
      : rows_(rows), factors_(factors), options_(options), robust_{options.scopes} {
    for (const FittedFactor& f : factors) {
      fields_.push_back(field_index(f.factor));
      const auto& only = options.only;
      stays_.push_back(!only.empty() && std::find(only.begin(), only.end(), f.factor) == only.end());
    }
    for (const FitRow& row : rows) base_.push_back(engine_constants(table, setup_of(row.row->test)));
  }

  /// d residual / d log constant: by row, constant and figure.
  using Slopes = std::vector<std::vector<std::vector<double>>>;

  /// With `kept` slopes every iteration uses those: for a refit that stays near where they were taken.
  void run(int iterations, const Slopes* kept = nullptr) {
    const std::size_t n = factors_.size();
    Eigen::VectorXd at(static_cast<Eigen::Index>(n));
    for (std::size_t k = 0; k < n; ++k) at[static_cast<Eigen::Index>(k)] = factors_[k].log_value;
    auto residuals = evaluate(at);
    double loss = total(residuals, at), damping = 0.3;
    for (int iteration = 0; iteration < iterations; ++iteration) {
      linearise(at, residuals, kept != nullptr ? *kept : slopes_at(at, residuals));
      bool better = false;
      double gain = 0;
      for (int attempt = 0; attempt < 5 && !better; ++attempt) {
        Eigen::MatrixXd damped = normal_;
        damped.diagonal() *= 1 + damping;
        const Eigen::VectorXd step = damped.ldlt().solve(gradient_);
        const Eigen::VectorXd next = at - step.cwiseMax(-largest_step).cwiseMin(largest_step);
        const auto there = evaluate(next);
        const double reached = total(there, next);
        if (reached < loss) {
          gain = loss - reached, loss = reached, at = next, residuals = there;
          damping = std::max(damping / 4, 1e-3);
          better = true;
        } else {
          damping *= 4;
        }
      }
      if (!better || gain < 1e-3 * loss) break;
    }
    const Eigen::MatrixXd covariance = normal_.size() > 0 ? Eigen::MatrixXd(normal_.ldlt().solve(Eigen::MatrixXd::Identity(normal_.rows(), normal_.cols()))) : Eigen::MatrixXd();
    for (std::size_t k = 0; k < n; ++k) {
      const auto i = static_cast<Eigen::Index>(k);
      factors_[k].log_value = at[i];
      factors_[k].log_sd = covariance.size() > 0 ? std::sqrt(std::max(covariance(i, i), 0.0)) : factors_[k].prior_sd;
    }
  }

  CasePrediction predict(std::size_t row, const Eigen::VectorXd& at) const {
    EngineConstants c = base_[row];
    for (const int k : rows_[row].factors) apply(c, fields_[static_cast<std::size_t>(k)], at[k]);
    clamp(c);
    return simulate_case(rows_[row].row->test, c);
  }

  Slopes slopes() const {
    const Eigen::VectorXd at = point();
    return slopes_at(at, evaluate(at));
  }

  Eigen::VectorXd point() const {
    Eigen::VectorXd at(static_cast<Eigen::Index>(factors_.size()));
    for (std::size_t k = 0; k < factors_.size(); ++k) at[static_cast<Eigen::Index>(k)] = factors_[k].log_value;
    return at;
  }

 private:
  static int field_index(const std::string& name) {
    const auto fields = factor_fields();
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (name == fields[i].name) return static_cast<int>(i);
    return 0;
  }
  static void apply(EngineConstants& c, int field, double log_value) {
    c.*(factor_fields()[static_cast<std::size_t>(field)].field) *= std::exp(log_value);
  }
  static void clamp(EngineConstants& c) {
    for (const FactorField& f : factor_fields()) c.*f.field = std::clamp(c.*f.field, f.least, f.most);
  }

  using Residuals = std::vector<std::vector<double>>;

  std::vector<double> residuals_of(std::size_t row, const CasePrediction& p) const {
    std::vector<double> out;
    for (const Observation& o : rows_[row].observed) out.push_back(residual(p, o));
    return out;
  }
  Residuals evaluate(const Eigen::VectorXd& at) const {
    Residuals out(rows_.size());
    parallel_for(static_cast<int>(rows_.size()), options_.threads, [&](int i) {
      const auto row = static_cast<std::size_t>(i);
      out[row] = residuals_of(row, predict(row, at));
    });
    return out;
  }
  double total(const Residuals& residuals, const Eigen::VectorXd& at) const {
    double sum = 0;
    for (const auto& row : residuals)
      for (const double z : row) sum += robust_.loss(z);
    for (std::size_t k = 0; k < factors_.size(); ++k) sum += std::pow(at[static_cast<Eigen::Index>(k)] / factors_[k].prior_sd, 2);
    return sum;
  }

  /// Of a row by forward differences; scopes of one constant share one.
  std::vector<std::vector<double>> derivatives(std::size_t row, const Eigen::VectorXd& at, const std::vector<double>& here) const {
    std::vector<std::vector<double>> out(factor_fields().size());
    for (const int k : rows_[row].factors) {
      if (stays_[static_cast<std::size_t>(k)]) continue;
      auto& slot = out[static_cast<std::size_t>(fields_[static_cast<std::size_t>(k)])];
      if (!slot.empty()) continue;
      Eigen::VectorXd up = at;
      up[k] += derivative_step;
      const auto above = residuals_of(row, predict(row, up));
      for (std::size_t j = 0; j < above.size(); ++j) slot.push_back((above[j] - here[j]) / derivative_step);
    }
    return out;
  }

  Slopes slopes_at(const Eigen::VectorXd& at, const Residuals& residuals) const {
    Slopes slopes(rows_.size());
    parallel_for(static_cast<int>(rows_.size()), options_.threads, [&](int i) {
      const auto row = static_cast<std::size_t>(i);
      slopes[row] = derivatives(row, at, residuals[row]);
    });
    return slopes;
  }

  void linearise(const Eigen::VectorXd& at, const Residuals& residuals, const Slopes& slopes) {
    const auto n = static_cast<Eigen::Index>(factors_.size());
    normal_ = Eigen::MatrixXd::Zero(n, n);
    gradient_ = Eigen::VectorXd::Zero(n);
    for (std::size_t r = 0; r < rows_.size(); ++r)
      for (std::size_t j = 0; j < residuals[r].size(); ++j) {
        const double weight = robust_.weight(residuals[r][j]);
        const auto slope = [&](int k) { return slopes[r][static_cast<std::size_t>(fields_[static_cast<std::size_t>(k)])][j]; };
        for (const int a : rows_[r].factors) {
          if (stays_[static_cast<std::size_t>(a)]) continue;
          const double da = slope(a) * weight;
          if (da == 0) continue;
          gradient_[a] += da * residuals[r][j];
          for (const int b : rows_[r].factors)
            if (!stays_[static_cast<std::size_t>(b)]) normal_(a, b) += da * slope(b);
        }
      }
    for (Eigen::Index k = 0; k < n; ++k) {
      const double precision = 1 / std::pow(factors_[static_cast<std::size_t>(k)].prior_sd, 2);
      normal_(k, k) += precision;
      if (!stays_[static_cast<std::size_t>(k)]) gradient_[k] += precision * at[k];
    }
  }

  const std::vector<FitRow>& rows_;
  std::vector<FittedFactor>& factors_;
  const CalibrationOptions& options_;
  const Robust robust_;
  std::vector<int> fields_;
  std::vector<char> stays_;            ///< of each factor: it is not fitted
  std::vector<EngineConstants> base_;
  Eigen::MatrixXd normal_;
  Eigen::VectorXd gradient_;
};

ErrorSummary summary_of(std::vector<double> errors) {
  ErrorSummary s;
  s.figures = static_cast<int>(errors.size());
  if (errors.empty()) return s;
  std::sort(errors.begin(), errors.end());
  for (const double e : errors) s.mean += e / s.figures;
  const auto at = [&](double p) { return errors[static_cast<std::size_t>(p * (s.figures - 1) + 0.5)]; };
  s.median = at(0.5);
  s.p90 = at(0.9);
  return s;
}

/// Errors of rows by kind of figure.
struct ErrorLists {
  std::vector<double> tpot, ttft, throughput;

  void add(const FitRow& row, const CasePrediction& p) {
    for (const Observation& o : row.observed) {
      if (o.metric == CaseMetric::ttft_p99) continue;  // a summary has one figure of a kind for each row
      const double error = p.valid() ? std::abs(p[o.metric].value / o.measured - 1) : 1;
      const bool first = o.metric == CaseMetric::ttft_mean || o.metric == CaseMetric::ttft_p50;
      (o.metric == CaseMetric::output_tokens_per_s ? throughput : first ? ttft : tpot).push_back(error);
    }
  }
  CalibrationErrors summary() const { return {summary_of(tpot), summary_of(ttft), summary_of(throughput)}; }
};

std::string experiment_of(const CaseRow& row) { return row.experiment.empty() ? row.name : row.experiment; }

/// Adds the factors that speak of a row, and notes which they are.
void add_factors(FitRow& row, FactorScopes scopes, std::vector<FittedFactor>& factors, std::map<std::string, int>& known) {
  for (const FactorPrior& prior : scopes == FactorScopes::one_set ? one_set_priors() : hierarchy_priors()) {
    const std::string of = scope_value(prior.scope, *row.row);
    if (of.empty() && std::string_view(prior.scope) != "all") continue;
    const std::string key = std::string(prior.factor) + "|" + prior.scope + "|" + of;
    const auto [at, is_new] = known.emplace(key, static_cast<int>(factors.size()));
    if (is_new) factors.push_back({prior.factor, prior.scope, of, prior.sd, 0, prior.sd, 0});
    ++factors[static_cast<std::size_t>(at->second)].rows;
    row.factors.push_back(at->second);
  }
}

/// A fit of the shipped table begins where the last one ended.
void start_at_shipped(std::span<const EfficiencyFactor> table, std::vector<FittedFactor>& factors) {
  for (FittedFactor& f : factors)
    for (const EfficiencyFactor& row : shipped_catalog().efficiencies) {
      if (row.factor != f.factor || row.scope != f.scope || row.of != f.of) continue;
      f.log_value = std::log(row.value);
      if (f.scope != "all") continue;
      for (const EfficiencyFactor& centre : table)
        if (centre.factor == f.factor) f.log_value = std::log(row.value / centre.value);
    }
}

CalibrationErrors errors_without_each(const std::vector<FitRow>& rows, const std::vector<FittedFactor>& fitted,
                                      std::span<const EfficiencyFactor> table, const CalibrationOptions& options) {
  std::set<std::string> experiments;
  for (const FitRow& row : rows) experiments.insert(experiment_of(*row.row));
  ErrorLists errors;
  for (const std::string& left_out : experiments) {
    std::vector<FitRow> rest;
    for (const FitRow& row : rows)
      if (experiment_of(*row.row) != left_out) rest.push_back(row);
    std::vector<FittedFactor> factors = fitted;
    if (rest.empty()) for (FittedFactor& f : factors) f.log_value = 0;
    else Fit(rest, factors, table, options).run(std::min(options.iterations, 4));
    const Fit all(rows, factors, table, options);
    const Eigen::VectorXd at = all.point();
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (experiment_of(*rows[i].row) == left_out) errors.add(rows[i], all.predict(i, at));
  }
  return errors.summary();
}

/// Log ratios of measured over predicted, by name of class.
using Ratios = std::map<std::string, std::vector<double>>;

/// Fits without the rows of `left_out` and collects their ratios.
void predict_left_out(const std::vector<FitRow>& rows, const std::vector<char>& left_out, const std::vector<FittedFactor>& fitted, const Fit::Slopes& slopes,
                      std::span<const EfficiencyFactor> table, const CalibrationOptions& options, bool new_chip, Ratios& ratios) {
  std::vector<FitRow> rest;
  Fit::Slopes kept;
  std::set<std::string> chips, setups;
  const auto setup_name = [](const ServingCase& c) { return c.accelerator.name + "+" + c.engine + "+" + c.model.family; };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (left_out[i]) continue;
    rest.push_back(rows[i]);
    kept.push_back(slopes[i]);
    chips.insert(rows[i].row->test.accelerator.name);
    setups.insert(setup_name(rows[i].row->test));
  }
  std::vector<FittedFactor> factors = fitted;
  Fit(rest, factors, table, options).run(options.iterations, &kept);
  // What the rest does not speak of is back at its prior, and nothing has a bias of its own.
  std::set<int> known;
  for (const FitRow& row : rest) known.insert(row.factors.begin(), row.factors.end());
  for (std::size_t k = 0; k < factors.size(); ++k)
    if (factors[k].scope == "group" || !known.contains(static_cast<int>(k))) factors[k].log_value = 0;
  const Fit fit(rows, factors, table, options);
  const Eigen::VectorXd at = fit.point();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!left_out[i]) continue;
    const CaseRow& row = *rows[i].row;
    const bool chip = chips.contains(row.test.accelerator.name), setup = setups.contains(setup_name(row.test));
    if (new_chip == chip) continue;
    const std::string where = std::string(setup ? "same_setup" : chip ? "same_chip" : "new_chip") + (row.test.stated ? ".stated" : "");
    const CasePrediction p = fit.predict(i, at);
    for (int m = 0; m < case_metrics && p.valid(); ++m) {
      const auto metric = static_cast<CaseMetric>(m);
      if (metric == CaseMetric::output_tokens_per_s && row.test.load != CaseLoad::offline) continue;
      if (const double measured = measured_of(row, metric); measured > 0) ratios[std::string(column_of(metric)) + "." + where].push_back(std::log(measured / p[metric].value));
    }
  }
}

}  // namespace

std::vector<EvidenceError> cross_validate(std::span<const CaseRow> given, const std::vector<EfficiencyFactor>& table, const std::vector<FittedFactor>& fitted,
                                          const CalibrationOptions& options, int folds) {
  std::vector<FitRow> rows;
  std::vector<FittedFactor> factors = fitted;
  std::map<std::string, int> known;
  for (std::size_t k = 0; k < factors.size(); ++k) known.emplace(factors[k].factor + "|" + factors[k].scope + "|" + factors[k].of, static_cast<int>(k));
  std::map<std::string, int> fold_of;
  std::set<std::string> chips;
  for (const CaseRow& row : given) {
    FitRow fit{&row, observations_of(row, FactorScopes::hierarchy), {}};
    if (!row.reason.empty() || row.overloaded || fit.observed.empty()) continue;
    add_factors(fit, FactorScopes::hierarchy, factors, known);
    rows.push_back(std::move(fit));
    fold_of.emplace(row.group.empty() ? experiment_of(row) : row.group, 0);
    chips.insert(row.test.accelerator.name);
  }
  int next = 0;
  for (auto& [name, fold] : fold_of) fold = next++ % folds;
  const auto part_of = [&](const FitRow& row) { return fold_of.at(row.row->group.empty() ? experiment_of(*row.row) : row.row->group); };
  Ratios ratios;
  const Fit::Slopes slopes = Fit(rows, factors, table, options).slopes();  // every refit begins there
  std::vector<char> left_out(rows.size());
  for (int fold = 0; fold < folds; ++fold) {
    for (std::size_t i = 0; i < rows.size(); ++i) left_out[i] = part_of(rows[i]) == fold;
    predict_left_out(rows, left_out, factors, slopes, table, options, false, ratios);
  }
  for (const std::string& chip : chips) {
    for (std::size_t i = 0; i < rows.size(); ++i) left_out[i] = rows[i].row->test.accelerator.name == chip;
    predict_left_out(rows, left_out, factors, slopes, table, options, true, ratios);
  }
  std::vector<EvidenceError> out;
  for (auto& entry : ratios) {
    const std::string& name = entry.first;
    std::vector<double>& logs = entry.second;  // a name that lambdas may capture, unlike a structured binding
    std::sort(logs.begin(), logs.end());
    const auto at = [&](double p) { return std::exp(logs[static_cast<std::size_t>(p * static_cast<double>(logs.size() - 1) + 0.5)]); };
    EvidenceError error{name, at(interval_tail), at(1 - interval_tail), 0, 0, 0, static_cast<int>(logs.size())};
    std::vector<double> errors;
    for (const double log : logs) errors.push_back(std::abs(std::exp(-log) - 1));
    const ErrorSummary s = summary_of(errors);
    error.mean_error = s.mean, error.median_error = s.median, error.p90_error = s.p90;
    out.push_back(error);
  }
  return out;
}

Calibration calibrate(std::span<const CaseRow> given, const std::vector<EfficiencyFactor>& table, const CalibrationOptions& options) {
  Calibration out;
  std::vector<FitRow> rows;
  std::map<std::string, int> known;
  std::set<std::string> experiments;
  for (const CaseRow& row : given) {
    const std::vector<Observation> observed = observations_of(row, options.scopes);
    const std::string why = !row.reason.empty() ? row.reason : row.overloaded ? "the load was not carried" : observed.empty() ? "nothing was measured" : "";
    if (!why.empty()) {
      out.unused.push_back(row.name + ": " + why);
      continue;
    }
    FitRow fit{&row, observed, {}};
    add_factors(fit, options.scopes, out.factors, known);
    rows.push_back(std::move(fit));
    experiments.insert(experiment_of(row));
  }
  if (options.scopes == FactorScopes::hierarchy) start_at_shipped(table, out.factors);
  out.rows = static_cast<int>(rows.size());
  out.experiments = static_cast<int>(experiments.size());
  const auto errors_at = [&](const std::vector<FittedFactor>& factors) {
    std::vector<FittedFactor> copy = factors;
    const Fit fit(rows, copy, table, options);
    ErrorLists errors;
    for (std::size_t i = 0; i < rows.size(); ++i) errors.add(rows[i], fit.predict(i, fit.point()));
    return errors.summary();
  };
  const auto without_groups = [](std::vector<FittedFactor> factors) {
    for (FittedFactor& f : factors)
      if (f.scope == "group") f.log_value = 0;  // what a prediction of other rows would use
    return factors;
  };
  out.before = errors_at(out.factors);
  if (!rows.empty()) Fit(rows, out.factors, table, options).run(options.iterations);
  out.after = errors_at(without_groups(out.factors));
  if (options.leave_one_out && out.experiments > 1) out.left_out = errors_without_each(rows, out.factors, table, options);
  return out;
}

}  // namespace tonnage::capacity
