#include "examples.hpp"

#include <map>

namespace tonnage::cli {

std::vector<std::string> examples_of(const std::string& command) {
  static const std::map<std::string, std::vector<std::string>> examples = {
      {"plan", {"tonnage plan fleet.yaml", "tonnage plan fleet.yaml --set policies.headroom=15% -o plan.html"}},
      {"check", {"tonnage check fleet.yaml", "tonnage check fleet.yaml --against plan.json --format junit -o checks.xml"}},
      {"forecast", {"tonnage forecast fleet.yaml", "tonnage forecast requests.csv --horizon 8w --format csv"}},
      {"curve", {"tonnage curve fleet.yaml", "tonnage curve --model llama-3.1-8b --node h100x8 --precision fp8 --input 900 --output 200 --slo ttft.p95=600ms,tpot.p95=30ms"}},
      {"simulate", {"tonnage simulate --model llama-3.1-8b --node h100x8 --input 900 --output 200 --rate 10 --slo ttft.p99=500ms", "tonnage simulate fleet.yaml --requests 1000 --format csv"}},
      {"calibrate", {"tonnage calibrate bench.json --accelerator h100-sxm --tensor-parallel 1 -o mine.yaml", "tonnage calibrate loadtests.csv --format csv"}},
      {"allocate", {"tonnage allocate fleet.yaml --present plan.json", "tonnage allocate fleet.yaml --alternatives least:nodes --within 2%"}},
      {"tco", {"tonnage tco fleet.yaml --by year,category", "tonnage tco fleet.yaml --format csv --columns x_period,ResourceId,x_category,EffectiveCost"}},
      {"asks", {"tonnage asks fleet.yaml", "tonnage asks fleet.yaml -o asks.xlsx"}},
      {"commitments", {"tonnage commitments fleet.yaml", "tonnage commitments fleet.yaml --format csv"}},
      {"levers", {"tonnage levers fleet.yaml", "tonnage levers fleet.yaml --only price,headroom --top 5"}},
      {"sweep", {"tonnage sweep fleet.yaml --over 'policies.headroom=0:20:10 %'", "tonnage sweep fleet.yaml --over 'workloads.chat.precision=bf16,fp8' --over policies.headroom=5%,10% --format csv"}},
      {"diff", {"tonnage diff plan.json fleet.yaml", "tonnage diff plan.json fleet.yaml --format markdown -o comment.md"}},
      {"explain", {"tonnage explain plan.json cost", "tonnage explain fleet.yaml 'cost[2027-03,va-h100,on-demand]'", "tonnage explain unknown-key"}},
      {"audit", {"tonnage audit bill.csv", "tonnage audit bill.csv --rule 'total = nodes * hours * price'"}},
      {"init", {"tonnage init", "tonnage init tpu-gpu -o ."}},
      {"catalog", {"tonnage catalog accelerators", "tonnage catalog nodes h100x8"}},
      {"schema", {"tonnage schema -o tonnage.schema.json", "tonnage schema --explain pools.*.price", "tonnage schema --outputs plan -o plan.schema.json"}},
      {"completion", {"tonnage completion bash > tonnage.bash", "tonnage completion fish | head -3"}},
      {"man", {"tonnage man > tonnage.1", "tonnage man | head -20"}},
  };
  const auto found = examples.find(command);
  return found == examples.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace tonnage::cli
