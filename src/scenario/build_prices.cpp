// What is known of each price: whether it is given, when it was quoted, where it is from.
#include <algorithm>

#include "build.hpp"

namespace tonnage::scenario {

namespace {

class Prices {
 public:
  Prices(const View& root, Scenario& out) : root_(root), out_(out) {}

  void all() {
    root_.at("pools").each([&](const std::string& name, const View& view) {
      add(name, view, "price");
      if (view.has("input_price")) add(name, view, "input_price");
    });
    root_.at("regions").each([&](const std::string& name, const View& view) { region(name, view); });
    root_.at("costs").each([&](const std::string& name, const View& view) { add(name, view, "price"); });
  }

 private:
  void add(const std::string& name, const View& view, const char* key) {
    out_.prices.push_back({view.at(key).path(), name, view.has(key), view.at("quoted").date(), view.at("source").text()});
  }

  /// What a region must have a price of, by who runs it, and what it has one of.
  void region(const std::string& name, const View& view) {
    const std::string site = view.at("site").text("cloud");
    const bool used = std::any_of(out_.pools.begin(), out_.pools.end(), [&](const Pool& pool) { return pool.region == name; });
    for (const auto& [key, needed] : {std::pair{"electricity", site != "cloud"}, {"colocation", site == "colo"}, {"demand_charge", false}, {"egress", false}})
      if (used && (needed || view.has(key))) add(name, view, key);
  }

  const View& root_;
  Scenario& out_;
};

}  // namespace

void build_prices(const View& root, Scenario& out) { Prices(root, out).all(); }

}  // namespace tonnage::scenario
