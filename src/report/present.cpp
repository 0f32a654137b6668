#include <cmath>
#include <map>

#include "json_facts.hpp"
#include "tonnage/report/json.hpp"

namespace tonnage::report {

namespace {

/// The period in which a day falls; the first when all begin later, the last when all ended before.
std::size_t period_at(const Json& periods, const std::string& day) {
  std::size_t out = 0;
  for (std::size_t t = 0; t < periods.size(); ++t)
    if (periods[t].at("start").get<std::string>() <= day) out = t;
  return out;
}

/// Reads what a plan runs in one of its periods. The library throws where the document lacks something.
class Reader {
 public:
  Reader(const Json& root, const std::string& day) : root_(root), plan_(root.at("plan")), demand_(root.at("demand")), t_(period_at(root.at("facts").at("periods"), day)) {
    out_.period = root.at("facts").at("periods").at(t_).at("name").get<std::string>();
    for (const Json& block : demand_.at("blocks")) hours_ += block.at("hours").at(t_).get<double>();
  }

  Present read() {
    std::map<std::pair<int, std::string>, double> loads;  // deployment, region
    const Json& states = plan_.at("states");
    for (const Json& placement : plan_.at("placements")) {
      const Json& state = states.at(placement.at("state").get<std::size_t>());
      if (state.at("period") != out_.period || !state.at("lost_region").is_null()) continue;
      loads[{placement.at("deployment").get<int>(), placement.at("region").get<std::string>()}] += weight(state) * placement.at("load_per_s").get<double>();
    }
    for (const auto& [where, load] : loads) place(where.first, where.second, load);
    for (const Json& series : demand_.at("series")) demand(series);
    return std::move(out_);
  }

 private:
  double probability(std::size_t s) const { return demand_.at("outcomes").at(s).at("probability").get<double>(); }
  double share(std::size_t b) const { return demand_.at("blocks").at(b).at("hours").at(t_).get<double>() / hours_; }

  static std::size_t index(const Json& list, const Json& name) {
    for (std::size_t i = 0; i < list.size(); ++i)
      if (list[i].at("name") == name) return i;
    return list.size();
  }

  double weight(const Json& state) const { return probability(index(demand_.at("outcomes"), state.at("outcome"))) * share(index(demand_.at("blocks"), state.at("block"))); }

  void place(int deployment, const std::string& region, double load) {
    const Json& d = root_.at("capacities").at("deployments").at(static_cast<std::size_t>(deployment));
    const double headroom = root_.at("facts").at("policies").at("headroom").get<double>();
    const double trip_s = d.at("round_trip_ms").is_null() ? any_round_trip_s : d.at("round_trip_ms").get<double>() / 1000;
    out_.places.push_back({d.at("workload").get<std::string>(), region, d.at("node").get<std::string>(), d.at("precision").get<std::string>(), d.at("accelerators").get<int>(), trip_s,
                           d.at("load_per_s").get<double>() * (1 - headroom), load});
  }

  void demand(const Json& series) {
    double mean = 0;
    for (std::size_t s = 0; s < demand_.at("outcomes").size(); ++s)
      for (std::size_t b = 0; b < demand_.at("blocks").size(); ++b) mean += probability(s) * share(b) * series.at("load_per_s").at(s).at(t_).at(b).get<double>();
    const std::string name = series.at("workload").get<std::string>();
    for (PresentDemand& one : out_.demand)
      if (one.workload == name) {
        one.load_per_s += mean;
        return;
      }
    out_.demand.push_back({name, mean});
  }

  const Json& root_;
  const Json& plan_;
  const Json& demand_;
  std::size_t t_;
  double hours_ = 0;
  Present out_;
};

}  // namespace

std::optional<Present> read_present(const std::string& text, Date day, std::string& error) {
  const Json root = parse_json(text);
  if (root.is_discarded() || !root.is_object()) {
    error = "it is not JSON";
    return std::nullopt;
  }
  try {
    const std::string version = root.at("tonnage").get<std::string>();
    if (version.rfind("1.", 0) != 0) error = "its version is '" + version + "', this program reads 1.x";
    else if (root.at("plan").at("placements").empty()) error = "nothing runs in it";
    else return Reader(root, to_string(day)).read();
  } catch (const Json::exception&) {
    error = "it is no plan, as 'tonnage plan' or 'tonnage allocate' writes it in JSON";
  }
  return std::nullopt;
}

Json present_json(const Present& present) {
  Json out = {{"period", present.period}, {"places", Json::array()}, {"demand", Json::array()}};
  for (const PresentPlace& p : present.places)
    out["places"].push_back({{"workload", p.workload}, {"region", p.region}, {"node", p.node}, {"precision", p.precision}, {"accelerators", p.accelerators}, {"round_trip_ms", std::isfinite(p.round_trip_s) ? Json(1000 * p.round_trip_s) : Json(nullptr)},
                             {"replica_load_per_s", p.replica_load_per_s}, {"load_per_s", p.load_per_s}});
  for (const PresentDemand& d : present.demand) out["demand"].push_back({{"workload", d.workload}, {"load_per_s", d.load_per_s}});
  return out;
}

}  // namespace tonnage::report
