// What a planner could change, read off the scenario and its plan.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lever_values.hpp"
#include "tonnage/core/numbers.hpp"
#include "tonnage/documents/economics.hpp"
#include "tonnage/pipeline/levers.hpp"

namespace tonnage::pipeline {

namespace {

using Path = std::vector<std::string>;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::string percent(double share) { return significant(100 * share, 6) + " %"; }

/// Answers token by token, on a capacity that is computed.
bool serves_tokens(const Workload& w) { return !w.job && w.capacity.empty() && w.measured.empty() && w.has_model && w.model.kind == ModelKind::decoder; }

class Candidates {
 public:
  explicit Candidates(const Run& run) : run_(run), s_(run.loaded.scenario), root_(run.loaded.tree) {}

  std::vector<Lever> make() {
    for (const Workload& w : s_.workloads) precision(w);
    for (const Workload& w : s_.workloads) limits_of_latency(w);
    for (const Workload& w : s_.workloads) reach(w);
    policies();
    for (const Region& region : s_.regions) place(region);
    for (const BindingLimit& limit : run_.plan.limits) binding(limit);
    for (const Pool& pool : s_.pools) lead_time(pool);
    for (const Pool& pool : s_.pools) price(pool);
    deadlines();
    for (const Workload& w : s_.workloads) prefix(w);
    return std::move(out_);
  }

 private:
  void add(const char* kind, std::string name, std::string assumes, std::vector<std::string> sets, bool risk = false) {
    if (!sets.empty()) out_.push_back({kind, std::move(name), std::move(assumes), std::move(sets), risk});
  }

  void set_to(const char* kind, std::string name, std::string assumes, const Path& path, const std::string& value, bool risk = false) {
    if (const auto text = set_path(path)) add(kind, std::move(name), std::move(assumes), {*text + "=" + value}, risk);
  }

  void scaled(const char* kind, std::string name, std::string assumes, const Path& path, double factor) {
    add(kind, std::move(name), std::move(assumes), changed_sets(root_, path, [factor](double value) { return value * factor; }));
  }

  /// Whether an accelerator of the pools computes in it.
  bool supported(Precision precision) const {
    return std::any_of(s_.pools.begin(), s_.pools.end(), [&](const Pool& pool) {
      const int node = node_index(s_, pool.node);
      if (node < 0) return false;
      for (const Accelerator& a : s_.accelerators)
        if (a.name == s_.nodes[at(node)].type.accelerator)
          return (precision == Precision::bf16 && a.bf16_flops > 0) || (precision == Precision::fp8 && a.fp8_flops > 0) || (precision == Precision::int8 && a.int8_ops > 0) ||
                 (precision == Precision::nvfp4 && a.fp4_flops > 0);
      return false;
    });
  }

  void precision(const Workload& w) {
    if (!serves_tokens(w)) return;
    const Precision now = w.precision.value_or(w.model.native_precision);
    std::vector<Precision> lower;
    if (now == Precision::fp32) lower = {Precision::bf16};
    if (now == Precision::bf16) lower = {Precision::fp8, Precision::int8};
    if (now == Precision::fp8 || now == Precision::int8) lower = {Precision::nvfp4};
    for (const Precision next : lower) {
      if (!supported(next)) continue;
      return set_to("precision", fmt::format("{} in {} (now {})", w.name, to_string(next), to_string(now)),
                 fmt::format("answers at {} are as good; nodes that cannot compute in it are left to other work", to_string(next)), {"workloads", w.name, "precision"}, to_string(next));
    }
  }

  void limits_of_latency(const Workload& w) {
    if (w.job || !w.capacity.empty()) return;  // what is given does not depend on it
    const scenario::Node* slo = value_at(root_, {"workloads", w.name, "slo"});
    if (slo == nullptr) return;
    for (const scenario::Entry& metric : slo->entries)
      for (const scenario::Entry& limit : metric.value.entries) {
        const auto sets = changed_sets(root_, {"workloads", w.name, "slo", metric.key, limit.key}, [](double value) { return value * 1.2; });
        if (sets.empty()) continue;
        const std::string relaxed = sets.front().substr(sets.front().find('=') + 1);
        add("slo", fmt::format("{} {} {} at {} (now {})", w.name, metric.key, limit.key, relaxed, limit.value.text), "users accept a limit that is a fifth longer", sets);
      }
  }

  /// The shortest reach beyond the present one that brings one more region in.
  void reach(const Workload& w) {
    if (!w.reach_s || !w.serve.empty()) return;
    double next = 0;
    std::string origin, region;
    for (const Origin& from : s_.origins)
      for (const auto& [name, trip] : from.round_trip_s) {
        const bool allowed = w.residency.empty() || std::find(w.residency.begin(), w.residency.end(), name) != w.residency.end();
        if (!allowed || trip <= *w.reach_s || (next > 0 && trip >= next)) continue;
        next = trip, origin = from.name, region = name;
      }
    if (next <= 0) return;
    const std::string reach = significant(1000 * next, 9) + " ms";
    set_to("reach", fmt::format("{} from {} in {} too, {} away", w.name, origin, region, reach), "the longer way is acceptable; its SLO holds all the same", {"workloads", w.name, "reach"}, reach);
  }

  void policies() {
    const Policies& p = s_.policies;
    if (p.headroom > 0) {
      const std::string less = percent(std::max(0.0, p.headroom - 0.05));
      set_to("headroom", fmt::format("headroom at {} (now {})", less, percent(p.headroom)), "load within an hour is steadier, or shed sooner", {"policies", "headroom"}, less);
    }
    if (p.survive) set_to("survive", "no reserve for a lost region", "a lost region's load goes unserved: this is what protection costs", {"policies", "survive"}, "none", true);
    if (p.min_replicas > 0) set_to("replicas", "no fewest replicas", "a workload may run on a share of a replica, and on none where it is not needed", {"policies", "min_replicas"}, "0");
  }

  void place(const Region& region) {
    const scenario::Node* pue = value_at(root_, {"regions", region.name, "pue"});
    if (region.site == Site::own && pue != nullptr && region.pue > 1.02) {
      const double less = std::max(1.02, region.pue - 0.1);
      const double step = region.pue - less;
      add("pue", fmt::format("PUE of {} at {} (now {})", region.name, significant(less, 4), significant(region.pue, 4)), "better cooling; what it costs to build is not counted",
          changed_sets(root_, {"regions", region.name, "pue"}, [step](double value) { return std::max(1.0, value - step); }));
    }
    scaled("electricity", "electricity of " + region.name + " 10 % cheaper", "the contract can be negotiated", {"regions", region.name, "electricity"}, 0.9);
  }

  void binding(const BindingLimit& limit) {
    Path path;
    const bool place = limit.kind == "power" || limit.kind == "space";
    if (place) path = {"regions", limit.name, limit.kind};
    else if (limit.kind == "capex budget") path = {"policies", "budget", "capex"};
    else if (limit.kind == "supply" || limit.kind == "limit") path = {pool_index(s_, limit.name) >= 0 ? "pools" : "nodes", limit.name, limit.kind};
    if (path.empty() || value_at(root_, path) == nullptr) return;
    const std::string what = limit.kind == "capex budget" ? limit.kind : named_limit(limit.kind, limit.name);
    const std::string name = "20 % more " + what;
    if (std::any_of(out_.begin(), out_.end(), [&](const Lever& one) { return one.name == name; })) return;  // it binds in several periods
    const bool nodes = limit.kind == "supply" || limit.kind == "limit" || limit.kind == "space";  // come whole
    add("limit", name, limit.kind == "capex budget" ? std::string("the budget can be raised") : place ? "more " + limit.kind + " can be had at once; what it costs to build is not counted" : "the provider can deliver more at the same price",
        changed_sets(root_, path, [nodes](double value) { return nodes ? std::ceil(value * 1.2 - 1e-9) : value * 1.2; }));
  }

  void lead_time(const Pool& pool) {
    const bool ordered = std::any_of(run_.plan.orders.begin(), run_.plan.orders.end(), [&](const Order& order) { return order.pool == pool.name; });
    if (!ordered || (pool.lead_time_months < 1 && pool.lead_time_days < 30)) return;
    const std::string less = pool.lead_time_months >= 1 ? significant(pool.lead_time_months - 1, 6) + " months" : significant(pool.lead_time_days - 30, 6) + " days";
    if (pool.lead_time_months >= 1 && pool.lead_time_days > 0) return;
    set_to("lead-time", "a month less to wait for " + pool.name, "the provider can deliver sooner at the same price", {"pools", pool.name, "lead_time"}, less);
  }

  /// Held by the plan or rented in it; what is owned already is paid.
  void price(const Pool& pool) {
    const PoolPlan& plan = run_.plan.pools[at(pool_index(s_, pool.name))];
    const auto positive = [](double nodes) { return nodes > 1e-9; };
    const bool used = std::any_of(plan.in_service.begin(), plan.in_service.end(), positive) || std::any_of(plan.rented_hours.begin(), plan.rented_hours.end(), positive) ||
                      std::any_of(plan.rented_peak.begin(), plan.rented_peak.end(), positive);
    if (used && pool.offer != OfferKind::owned) scaled("price", pool.name + " 10 % cheaper", "the price can be negotiated", {"pools", pool.name, "price"}, 0.9);
  }

  /// The least urgent workloads that have no deadline yet, and nobody who waits for their tokens.
  void deadlines() {
    int last = 0;
    const auto urgent = [](const Workload& w) { return !w.job && !w.deferrable && w.slo.ttft.empty() && w.slo.tpot.empty(); };
    for (const Workload& w : s_.workloads)
      if (urgent(w)) last = std::max(last, w.priority);
    for (const Workload& w : s_.workloads)
      if (urgent(w) && w.priority == last)
        set_to("deadline", w.name + " within a day (now at once)", "its work may wait for the troughs of the day", {"workloads", w.name, "deadline"}, "24 hours");
  }

  void prefix(const Workload& w) {
    if (!serves_tokens(w) || w.shape.prefix_hit > 0.89) return;
    const bool beside = value_at(root_, {"workloads", w.name, "prefix_hit"}) != nullptr;
    const Path path = beside ? Path{"workloads", w.name, "prefix_hit"} : Path{"workloads", w.name, "shape", "prefix_hit"};
    const std::string more = percent(w.shape.prefix_hit + 0.1);
    set_to("prefix", fmt::format("{} prefix hits at {} (now {})", w.name, more, percent(w.shape.prefix_hit)), "prompts share more, or requests are routed to where their prefix is", path, more);
  }

  const Run& run_;
  const Scenario& s_;
  const scenario::Node& root_;
  std::vector<Lever> out_;
};

}  // namespace

const std::vector<std::string>& lever_kinds() {
  static const std::vector<std::string> kinds = {"precision", "slo", "reach", "headroom", "survive", "replicas", "pue", "electricity", "limit", "lead-time", "price", "deadline", "prefix"};
  return kinds;
}

std::vector<Lever> lever_candidates(const Run& run) { return Candidates(run).make(); }

}  // namespace tonnage::pipeline
