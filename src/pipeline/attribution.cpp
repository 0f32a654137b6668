#include "tonnage/pipeline/attribution.hpp"

#include <algorithm>
#include <bit>
#include <optional>

#include "drivers.hpp"
#include "tonnage/core/parallel.hpp"
#include "tonnage/core/shapley.hpp"
#include "tonnage/pipeline/stage_cache.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::pipeline {

namespace {

using Mask = unsigned;

/// What a coalition comes to.
struct Value {
  std::map<std::string, Money> by_category;
  double nodes_end = 0, power_end_mw = 0;
  double open_usd = 0;
};

Value value_of(const Ledger& ledger, const Headline& head, const Proof& proof) {
  Value out;
  for (const LineItem& line : ledger.lines) out.by_category[line.category] += line.present_value;
  out.nodes_end = head.nodes_last;
  out.power_end_mw = head.mw_last;
  out.open_usd = open_usd(proof);
  return out;
}

class Game {
 public:
  Game(const Run& a, const Run& b, const Catalog& catalog, FileSystem& files, const RunOptions& options)
      : a_(a), b_(b), catalog_(catalog), files_(files), options_(options), both_(scenario::comparable(a.loaded, b.loaded)), players_(group(classify(scenario::changes(both_)))) {
    // What refers to other values may not find them in a mix, and no cost depends on it.
    for (scenario::Node* tree : {&both_.a, &both_.b}) std::erase_if(tree->entries, [](const scenario::Entry& entry) { return entry.key == "checks" || entry.key == "correlations"; });
    for (const Driver& player : players_)
      for (const scenario::Change& change : player.changes) currencies_ = currencies_ || change.path.front() == "fx";
    for (std::size_t i = 0; i < players_.size(); ++i) (players_[i].replanned ? planned_ : priced_) |= Mask{1} << i;
    if (priced_ != 0) {
      adapting_ = Mask{1} << players_.size();
      planned_ |= adapting_;
      players_.push_back({"plan adapted to the new prices", "re-planning", true, {}});
    }
  }

  Attribution solve() {
    Attribution out;
    if (players_.empty()) return out;
    evaluate_all();
    out.plans = plans_;
    members_ = teams();
    share_out(out);
    return out;
  }

 private:
  Mask everything() const { return (Mask{1} << players_.size()) - 1; }

  /// The first scenario with the values of these players from the second.
  scenario::Node tree_of(Mask mask) const {
    std::vector<scenario::KeyPath> paths;
    for (std::size_t i = 0; i < players_.size(); ++i)
      if ((mask >> i & 1) != 0)
        for (const scenario::Change& change : players_[i].changes) paths.push_back(change.path);
    return scenario::mixed(both_, paths);
  }

  /// Nothing when no such scenario makes sense.
  std::optional<scenario::LoadedScenario> scenario_of(scenario::Node tree, const std::vector<scenario::DataFile>& files) const {
    Diagnostics quiet;
    return scenario::load_resolved(std::move(tree), "mixed", files, catalog_, files_, quiet);
  }

  /// The run's scenario with other prices. They stand outside the workloads, whose histories are most of what there is to read; only
  /// what a currency is worth reaches into them.
  std::optional<Scenario> priced(Mask mask, const Run& run) const {
    scenario::Node tree = tree_of(mask);
    if (!currencies_) std::erase_if(tree.entries, [](const scenario::Entry& entry) { return entry.key == "workloads"; });
    auto loaded = scenario_of(std::move(tree), currencies_ ? both_.files : std::vector<scenario::DataFile>());
    if (!loaded) return std::nullopt;
    if (!currencies_) loaded->scenario.workloads = run.loaded.scenario.workloads;
    return std::move(loaded->scenario);
  }

  /// Values of all coalitions that share what is planned.
  void evaluate(Mask planned) {
    const Mask base = planned & ~adapting_;
    const Mask with_prices = base | ((planned & adapting_) != 0 ? priced_ : 0);
    std::optional<Run> made;
    const Run* run = with_prices == 0 ? &a_ : with_prices == (everything() & ~adapting_) ? &b_ : nullptr;
    if (run == nullptr) {
      auto loaded = scenario_of(tree_of(with_prices), both_.files);
      if (!loaded) return;
      RunOptions options = options_;
      options.threads = 1;
      options.log = {};
      options.cache = &cache_;
      options.seed = a_.seed == b_.seed ? std::optional(a_.seed) : options_.seed;  // a plan's own, where --seed gave it one
      made = pipeline::run(std::move(*loaded), Stage::tco, options);
      run = &*made;
    }
    if (!run->feasible()) return;
    const Headline head = headline(*run);
    for (Mask prices = 0; prices <= priced_; ++prices) {
      if ((prices & ~priced_) != 0) continue;
      std::optional<Value>& slot = values_[planned | prices];
      if ((base | prices) == with_prices) {
        slot = value_of(run->ledger, head, run->plan.proof);
      } else if (const auto scenario = priced(base | prices, *run)) {
        slot = value_of(tco::make_ledger(*scenario, run->demand, run->capacities, run->plan), head, run->plan.proof);
      }
    }
  }

  void evaluate_all() {
    values_.resize(std::size_t{1} << players_.size());
    std::vector<Mask> todo;
    for (Mask mask = 0; mask <= everything(); ++mask)
      if ((mask & ~planned_) == 0) todo.push_back(mask);
    plans_ = static_cast<int>(todo.size());
    parallel_for(plans_, options_.threads, [&](int i) { evaluate(todo[static_cast<std::size_t>(i)]); });
  }

  /// Players taken together until every coalition has a plan: each time the pair that keeps most apart from the others' trouble.
  std::vector<std::vector<std::size_t>> teams() const {
    std::vector<std::vector<std::size_t>> out;
    for (std::size_t i = 0; i < players_.size(); ++i) out.push_back({i});
    std::vector<Mask> missing;
    for (Mask mask = 0; mask <= everything(); ++mask)
      if (!values_[mask]) missing.push_back(mask);
    while (!missing.empty() && out.size() > 1) {
      std::pair<std::size_t, std::size_t> best{0, 1};
      long most = -1;
      const auto separated = [&](std::size_t x, std::size_t y) { return [&, x, y](Mask mask) { return (mask >> out[x][0] & 1) != (mask >> out[y][0] & 1); }; };
      for (std::size_t x = 0; x < out.size(); ++x)
        for (std::size_t y = x + 1; y < out.size(); ++y) {
          const long solved = std::count_if(missing.begin(), missing.end(), separated(x, y));
          if (solved > most) most = solved, best = {x, y};
        }
      std::erase_if(missing, separated(best.first, best.second));
      out[best.first].insert(out[best.first].end(), out[best.second].begin(), out[best.second].end());
      out.erase(out.begin() + static_cast<std::ptrdiff_t>(best.second));
    }
    return out;
  }

  const Value& team_value(std::size_t coalition) const {
    Mask mask = 0;
    for (std::size_t k = 0; k < members_.size(); ++k)
      if ((coalition >> k & 1) != 0)
        for (const std::size_t player : members_[k]) mask |= Mask{1} << player;
    return *values_[mask];
  }

  Driver joined(const std::vector<std::size_t>& team) const {
    Driver out = players_[team.front()];
    for (std::size_t k = 1; k < team.size(); ++k) {
      const Driver& other = players_[team[k]];
      out.name += (k + 1 == team.size() ? " with " : ", ") + other.name;
      if (out.kind != other.kind) out.kind = "several";
      out.replanned = out.replanned || other.replanned;
      out.changes.insert(out.changes.end(), other.changes.begin(), other.changes.end());
    }
    return out;
  }

  void share_out(Attribution& out) const {
    const std::size_t n = members_.size();
    const std::size_t coalitions = std::size_t{1} << n;
    std::map<std::string, std::vector<std::int64_t>> by_category;
    std::vector<double> nodes(coalitions), power(coalitions);
    for (std::size_t c = 0; c < coalitions; ++c) {
      const Value& value = team_value(c);
      for (const auto& [category, amount] : value.by_category) {
        auto& column = by_category[category];
        column.resize(coalitions);
        column[c] = amount.micros();
      }
      nodes[c] = value.nodes_end;
      power[c] = value.power_end_mw;
    }
    const auto nodes_shares = shapley_values(nodes), power_shares = shapley_values(power);
    for (std::size_t i = 0; i < n; ++i) out.shares.push_back({joined(members_[i]), {}, {}, open(i), nodes_shares[i], power_shares[i]});
    for (const auto& [category, column] : by_category) {
      const auto shares = shapley_values(column);
      for (std::size_t i = 0; i < n; ++i) {
        if (shares[i] != 0) out.shares[i].by_category[category] = Money::from_micros(shares[i]);
        out.shares[i].change += Money::from_micros(shares[i]);
      }
    }
    const auto size = [](Money amount) { return amount < Money() ? -amount : amount; };
    std::stable_sort(out.shares.begin(), out.shares.end(), [&](const DriverShare& x, const DriverShare& y) { return size(x.change) > size(y.change); });
  }

  /// A plan may be dearer than the best by its gap, so may each difference of two.
  Money open(std::size_t player) const {
    const int n = static_cast<int>(members_.size());
    double sum = 0;
    for (std::size_t c = 0; c < std::size_t{1} << n; ++c)
      if ((c >> player & 1) == 0) sum += shapley_weight(n, std::popcount(c)) * std::max(team_value(c).open_usd, team_value(c | std::size_t{1} << player).open_usd);
    return Money::from_double(sum);
  }

  const Run& a_;
  const Run& b_;
  const Catalog& catalog_;
  FileSystem& files_;
  const RunOptions& options_;
  scenario::Comparable both_;
  std::vector<Driver> players_;
  bool currencies_ = false;                          ///< differ
  Mask planned_ = 0, priced_ = 0, adapting_ = 0;
  std::vector<std::optional<Value>> values_;         ///< by coalition of players
  std::vector<std::vector<std::size_t>> members_;    ///< of each team
  int plans_ = 0;
  StageCache cache_;
};

}  // namespace

Attribution attribute(const Run& a, const Run& b, const Catalog& catalog, FileSystem& files, const RunOptions& options) {
  return Game(a, b, catalog, files, options).solve();
}

}  // namespace tonnage::pipeline
