#include "tonnage/pipeline/attribution.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <optional>
#include <set>

#include "drivers.hpp"
#include "tonnage/core/parallel.hpp"
#include "tonnage/core/shapley.hpp"
#include "tonnage/pipeline/stage_cache.hpp"
#include "tonnage/tco/ledger.hpp"

namespace tonnage::pipeline {

namespace {

using Mask = unsigned;

constexpr int max_sampled_players = 28;
constexpr int sampled_values = 4096;  // as many coalitions as twelve players have, at most

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
  Game(const Run& a, const Run& b, const Catalog& catalog, FileSystem& files, const RunOptions& options, int most)
      : a_(a), b_(b), catalog_(catalog), files_(files), options_(options), both_(scenario::comparable(a.loaded, b.loaded)), players_(group(classify(scenario::changes(both_)), most)) {
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
    if (static_cast<int>(players_.size()) > max_shapley_players) orders_ = drawn_orders(static_cast<int>(players_.size()), sampled_values / 2 / static_cast<int>(players_.size()), std::min(a_.seed, b_.seed));
    evaluate_all();
    out.plans = plans_;
    out.orders = static_cast<int>(orders_.size());
    if (!orders_.empty()) {
      sampled_shares(out);
    } else {
      members_ = teams();
      share_out(out);
    }
    sort(out);
    return out;
  }

  /// Whether every coalition that was drawn has a plan.
  bool complete() const {
    return orders_.empty() || std::all_of(values_.begin(), values_.end(), [](const auto& one) { return one.second.has_value(); });
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
      options.progress = {};
      options.cache = &cache_;
      options.seed = a_.seed == b_.seed ? std::optional(a_.seed) : options_.seed;  // a plan's own, where --seed gave it one
      made = pipeline::run(std::move(*loaded), Stage::tco, options);
      run = &*made;
    }
    if (!run->feasible()) return;
    const Headline head = headline(*run);
    for (auto& [mask, slot] : values_) {
      if ((mask & planned_) != planned) continue;
      const Mask prices = mask & priced_;
      if ((base | prices) == with_prices) {
        slot = value_of(run->ledger, head, run->plan.proof);
      } else if (const auto scenario = priced(base | prices, *run)) {
        slot = value_of(tco::make_ledger(*scenario, run->demand, run->capacities, run->plan), head, run->plan.proof);
      }
    }
  }

  void evaluate_all() {
    for (const std::vector<int>& order : orders_) {
      Mask mask = 0;
      values_[mask];
      for (const int player : order) values_[mask |= Mask{1} << player];
    }
    for (Mask mask = 0; orders_.empty() && mask <= everything(); ++mask) values_[mask];
    std::set<Mask> planned;
    for (const auto& [mask, value] : values_) planned.insert(mask & planned_);
    const std::vector<Mask> todo(planned.begin(), planned.end());
    plans_ = static_cast<int>(todo.size());
    std::atomic<int> done{0};
    parallel_for(plans_, options_.threads, [&](int i) {
      if (options_.progress) options_.progress({"planned", done++, plans_});
      evaluate(todo[static_cast<std::size_t>(i)]);
    });
  }

  /// Players taken together until every coalition has a plan: each time the pair that keeps most apart from the others' trouble.
  std::vector<std::vector<std::size_t>> teams() const {
    std::vector<std::vector<std::size_t>> out;
    for (std::size_t i = 0; i < players_.size(); ++i) out.push_back({i});
    std::vector<Mask> missing;
    for (const auto& [mask, value] : values_)
      if (!value) missing.push_back(mask);
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
    return *values_.at(mask);
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
    for (std::size_t i = 0; i < n; ++i) out.shares.push_back({joined(members_[i]), {}, {}, 0, open(i), nodes_shares[i], power_shares[i]});
    for (const auto& [category, column] : by_category) {
      const auto shares = shapley_values(column);
      for (std::size_t i = 0; i < n; ++i) {
        if (shares[i] != 0) out.shares[i].by_category[category] = Money::from_micros(shares[i]);
        out.shares[i].change += Money::from_micros(shares[i]);
      }
    }
  }

  /// Of each drawn order what each player adds to one figure.
  template <class Figure>
  auto gains(const Figure& figure) const {
    using Number = decltype(figure(*values_.begin()->second));
    std::vector<std::vector<Number>> out;
    for (const std::vector<int>& order : orders_) {
      std::vector<Number>& row = out.emplace_back(players_.size());
      Mask mask = 0;
      Number before = figure(*values_.at(mask));
      for (const int player : order) {
        const Number after = figure(*values_.at(mask |= Mask{1} << player));
        row[static_cast<std::size_t>(player)] = after - before;
        before = after;
      }
    }
    return out;
  }

  std::vector<double> mean_gains(const std::vector<std::vector<double>>& gains) const {
    std::vector<double> out(players_.size());
    for (const auto& row : gains)
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += row[i] / static_cast<double>(gains.size());
    return out;
  }

  void sampled_shares(Attribution& out) const {
    if (!complete()) return;
    const auto nodes = mean_gains(gains([](const Value& v) { return v.nodes_end; })), power = mean_gains(gains([](const Value& v) { return v.power_end_mw; }));
    const auto widths = half_widths(gains([](const Value& v) {
      Money sum;
      for (const auto& [category, amount] : v.by_category) sum += amount;
      return sum.micros();
    }));
    double most_open = 0;
    for (const auto& [mask, value] : values_) most_open = std::max(most_open, value->open_usd);
    for (std::size_t i = 0; i < players_.size(); ++i) out.shares.push_back({players_[i], {}, {}, widths[i] * 1e-6, Money::from_double(most_open), nodes[i], power[i]});
    std::set<std::string> categories;
    for (const auto& [mask, value] : values_)
      for (const auto& [category, amount] : value->by_category) categories.insert(category);
    for (const std::string& category : categories) {
      const auto shares = mean_shares(gains([&](const Value& v) {
        const auto found = v.by_category.find(category);
        return found == v.by_category.end() ? std::int64_t{0} : found->second.micros();
      }));
      for (std::size_t i = 0; i < shares.size(); ++i) {
        if (shares[i] != 0) out.shares[i].by_category[category] = Money::from_micros(shares[i]);
        out.shares[i].change += Money::from_micros(shares[i]);
      }
    }
  }

  static void sort(Attribution& out) {
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
  std::map<Mask, std::optional<Value>> values_;      ///< by coalition of players: all, or those of the drawn orders
  std::vector<std::vector<int>> orders_;             ///< drawn, where there are too many players for all coalitions
  std::vector<std::vector<std::size_t>> members_;    ///< of each team
  int plans_ = 0;
  StageCache cache_;
};

}  // namespace

Attribution attribute(const Run& a, const Run& b, const Catalog& catalog, FileSystem& files, const RunOptions& options) {
  Game game(a, b, catalog, files, options, max_sampled_players);
  Attribution out = game.solve();
  return game.complete() ? out : Game(a, b, catalog, files, options, max_shapley_players).solve();
}

}  // namespace tonnage::pipeline
