// Costs that no decision changes.
#include "build.hpp"
#include "tonnage/core/text.hpp"
#include "tonnage/documents/ledger.hpp"

namespace tonnage::scenario {

namespace {

/// A price once or for a time.
FixedCost build_cost(const std::string& name, const View& price) {
  FixedCost out;
  out.name = name;
  out.path = price.path();
  if (price.node().dimension == "money") out.price_usd_once = price.number(0);
  else out.price_usd_per_month = price.number(0) * month_s;
  return out;
}

}  // namespace

void build_costs(const View& root, BuildContext& context, Scenario& out) {
  root.at("costs").each([&](const std::string& name, const View& view) {
    if (is_cost_category(name))
      context.diagnostics.error("bad-name", "'" + name + "' is a category of the ledger already, not a name for a cost of one's own", view.mark());
    if (name.find_first_of("\"*?~<>'") != std::string::npos)
      context.diagnostics.error("bad-name", "'" + printable(name) + "' cannot be the name of a cost", view.mark(), "", "it becomes a category: no quotes, * ? ~ < >");
    const View price = view.at("price");
    const double life = view.at("life").number(5 * year_s) / month_s;
    const std::string region = view.at("region").text();
    if (!price || !price.number()) return;
    FixedCost cost = build_cost(name, price);
    cost.life_months = life;
    cost.region = region;
    out.fixed_costs.push_back(std::move(cost));
  });
  const View staff = root.at("finance").at("staff");
  if (staff && staff.number() && staff.node().dimension != "ratio") out.fixed_costs.push_back(build_cost("staff", staff));
}

}  // namespace tonnage::scenario
