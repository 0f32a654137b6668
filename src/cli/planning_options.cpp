// Options of plan and allocate that need the scenario.
#include <algorithm>

#include <fmt/format.h>

#include "context.hpp"
#include "tonnage/core/quantity.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::cli {

namespace {

constexpr std::size_t max_plan_bytes = std::size_t{1} << 30;

Present present_plan(const Context& context, const Scenario& scenario) {
  const std::string& path = context.options.present;
  if (context.environment.files.kind(path) == FileSystem::Kind::missing) throw InputError{"missing-file", "there is no file '" + path + "'"};
  std::string error;
  const auto present = report::read_present(read_file(context.environment.files, path, max_plan_bytes), scenario.periods.front().start, error);
  if (!present) throw InputError{"not-a-plan", "cannot use '" + path + "' as the present plan: " + error};
  return *present;
}

std::string thing_of(const Scenario& scenario, const std::string& text) {
  if (text.rfind("least:", 0) != 0) throw UsageError{"--alternatives: '" + text + "' is not least:THING, for example least:nodes"};
  const std::string name = text.substr(6);
  if (name == "carbon" && std::none_of(scenario.regions.begin(), scenario.regions.end(), [](const Region& region) { return region.carbon_g_per_wh > 0; }))
    throw UsageError{"--alternatives: no region has a 'carbon' intensity of its electricity"};
  const std::vector<std::string> found = allocate::things_called(scenario, name);
  if (found.size() == 1) return found.front();
  if (found.empty()) throw UsageError{"--alternatives: no pool, region, node or provider is called '" + name + "'; or: nodes, power, capex, carbon"};
  throw UsageError{"--alternatives: '" + name + "' is " + name_list(found) + "; say which, for example least:" + found.front()};
}

double share_of(const std::string& option, const std::string& text) {
  std::string problem;
  const auto value = parse_quantity(text, Currencies{}, problem);
  const auto percent = parse_unit("%", Currencies{});
  if (!value || !value->has_unit || !percent || !(value->dimension == percent->first) || !(value->value >= 0)) throw UsageError{option + ": '" + text + "' is not a share, e.g. '1 %'"};
  return value->value;
}

}  // namespace

void planning_options(const Context& context, const Scenario& scenario, allocate::AllocateOptions& out) {
  const Options& o = context.options;
  if (!o.present.empty()) out.present = present_plan(context, scenario);
  for (const std::string& text : o.alternatives) out.alternatives.push_back(thing_of(scenario, text));
  if (o.reasons == "full") out.reasons = allocate::ReasonsWanted::all;
  out.within = share_of("--within", o.within);
}

}  // namespace tonnage::cli
