// Scenario files, values of --set, and demand histories: whatever the bytes, the loader answers with diagnostics.
//
// The first byte chooses what the rest is:
//   '1'            lines of --set, applied to a scenario that is in order
//   '2'            a scenario up to a line "---8<---", then the demand history 'demand.csv' that it may name; without that line
//                  the rest is the history of a scenario that is in order
//   anything else  a scenario
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "../memory_files.hpp"
#include "tonnage/catalog/catalog.hpp"
#include "tonnage/scenario/load.hpp"

using namespace tonnage;
using tonnage::testing::MemoryFiles;

namespace {

const std::string sound = R"(tonnage: 1
name: sound
horizon: {start: 2027-01-01, periods: 2, period: quarter}
regions: {us: {site: own, power: 2 MW, electricity: 0.08 USD/kWh, pue: 1.2}}
origins: {east: {us: 20 ms}, west: {us: 70 ms}}
pools: {own: {region: us, node: h100x8, offer: purchase, price: 285 k USD, lead_time: 1 month, supply: [4, 8]}}
workloads:
  chat: {capacity: {h100x8: [{accelerators: 1, load: 3 requests/s}]}, demand: {history: demand.csv, unit: requests/s}, gaps: interpolate}
policies: {headroom: 10 %, unmet: {1: never}}
)";
const std::string history = "time,origin,value\n2026-12-01,east,3\n2026-12-02,east,4\n2026-12-01,west,1\n2026-12-02,west,2\n";
const std::string separator = "\n---8<---\n";

void check(const MemoryFiles& files, const scenario::LoadOptions& options) {
  Diagnostics diagnostics;
  MemoryFiles copy = files;
  const auto loaded = scenario::load_scenario(options, shipped_catalog(), copy, diagnostics);
  if (loaded.has_value() == diagnostics.has_errors()) std::abort();  // a scenario, or reasons why not
  render(diagnostics, false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  MemoryFiles files;
  files.files = {{"a.yaml", sound}, {"demand.csv", history}};
  scenario::LoadOptions options;
  options.path = "a.yaml";
  if (data[0] == '1') {
    for (std::size_t from = 0; from < rest.size() && options.sets.size() < 8;) {
      const std::size_t to = std::min(rest.find('\n', from), rest.size());
      options.sets.push_back(rest.substr(from, to - from));
      from = to + 1;
    }
  } else if (data[0] == '2') {
    const std::size_t cut = rest.find(separator);
    if (cut == std::string::npos) {
      files.files["demand.csv"] = rest;
    } else {
      files.files["a.yaml"] = rest.substr(0, cut + 1);
      files.files["demand.csv"] = rest.substr(cut + separator.size());
    }
  } else {
    files.files["a.yaml"] = rest;
  }
  check(files, options);
  return 0;
}
