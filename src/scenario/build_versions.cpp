// Other models that take over a share of a workload's load (`versions`): each becomes a workload of its own beside it.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "build.hpp"
#include "tonnage/documents/economics.hpp"

namespace tonnage::scenario {

namespace {

struct Step {
  Date from;
  std::string model;
  double share = 0;
  std::string precision;
  View view;
};

/// By date; of the same date as in the file.
std::vector<Step> steps_of(const View& versions) {
  std::vector<Step> out;
  versions.items([&](const View& item) {
    const auto from = item.at("from").date();
    if (from) out.push_back({*from, item.at("model").text(), item.at("share").number(0), item.at("precision").text(), item});
  });
  std::stable_sort(out.begin(), out.end(), [](const Step& a, const Step& b) { return a.from < b.from; });
  return out;
}

/// One share of a model at a time, and never more than all of the load.
void check_steps(const std::vector<Step>& steps, const std::string& own, const Workload& base, Diagnostics& diagnostics) {
  std::map<std::string, double> now;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (step.model == own) diagnostics.error("conflict", fmt::format("'{}' is the model of workload '{}' itself: it serves what versions leave", own, base.name), step.view.at("model").mark());
    for (std::size_t k = 0; k < i; ++k)
      if (steps[k].from == step.from && steps[k].model == step.model)
        diagnostics.error("conflict", fmt::format("two shares of '{}' from {} on", step.model, to_string(step.from)), step.view.mark());
    now[step.model] = step.share;
    double all = 0;
    for (const auto& [model, share] : now) all += share;
    const bool last_of_day = i + 1 == steps.size() || steps[i + 1].from != step.from;
    if (last_of_day && all > 1 + 1e-9)
      diagnostics.error("out-of-range", fmt::format("from {} on the versions of '{}' take {:.6g} % of its load", to_string(step.from), base.name, 100 * all), step.view.at("share").mark(), "",
                        "a share holds until the same model has another one: give older versions a smaller share from the same day");
  }
}

/// Mean share of a model over the days of each period.
std::vector<double> shares_of(const std::vector<Step>& steps, const std::string& model, const std::vector<Period>& periods) {
  std::vector<double> out(periods.size(), 0.0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].model != model) continue;
    const auto next = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(i) + 1, steps.end(), [&](const Step& step) { return step.model == model; });
    for (std::size_t t = 0; t < periods.size(); ++t) {
      const Date end = next == steps.end() ? periods[t].end : std::min(periods[t].end, next->from);
      const double days = static_cast<double>((end - std::max(periods[t].start, steps[i].from)).count());
      if (days > 0) out[t] += steps[i].share * days / static_cast<double>((periods[t].end - periods[t].start).count());
    }
  }
  return out;
}

/// Where load comes from, but none of its own: it is forecast with the workload's.
DemandSource origins_of(const DemandSource& base) {
  DemandSource out;
  for (const std::string& name : origin_names(base)) out.origin_shares[name] = 1;
  return out;
}

/// The workload on another model: all that is asked of it is the same, its capacity is computed.
Workload version_of(const Workload& base, const Step& step, const ModelArchitecture& model) {
  Workload out = base;
  out.name = base.name + "/" + step.model;
  out.version_of = base.name;
  out.model = model;
  out.has_model = true;
  out.measured.clear();
  out.capacity.clear();
  if (!step.precision.empty()) out.precision = parse_precision(step.precision);
  out.demand = origins_of(base.demand);
  out.events.clear();
  out.overrides.clear();
  return out;
}

}  // namespace

std::vector<Workload> build_versions(const View& view, BuildContext& context, const std::vector<Period>& periods, Workload& base) {
  std::vector<Workload> out;
  const View versions = view.at("versions");
  if (!versions || periods.empty()) return out;
  const std::vector<Step> steps = steps_of(versions);
  check_steps(steps, base.model.name, base, context.diagnostics);
  base.load_share.assign(periods.size(), 1.0);
  for (const Step& step : steps) {
    if (std::any_of(out.begin(), out.end(), [&](const Workload& w) { return w.model.name == step.model; })) continue;
    const ModelArchitecture* model = context.catalog.find_model(step.model);
    if (model == nullptr) continue;  // its mistake is known
    Workload one = version_of(base, step, *model);
    one.load_share = shares_of(steps, step.model, periods);
    check_shape(view, context, one);
    for (std::size_t t = 0; t < periods.size(); ++t) base.load_share[t] = std::max(0.0, base.load_share[t] - one.load_share[t]);
    if (std::all_of(one.load_share.begin(), one.load_share.end(), [](double share) { return share == 0; }))
      context.diagnostics.warning("no-effect", fmt::format("version '{}' changes nothing: it has no load within the horizon", step.model), step.view.mark());
    else
      out.push_back(std::move(one));
  }
  return out;
}

}  // namespace tonnage::scenario
