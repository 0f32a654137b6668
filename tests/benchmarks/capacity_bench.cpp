// Speed of the analytic model on one core: points of a curve, search over deployments. Prints a table in Markdown; asserts
// nothing.
//
//   capacity_bench [RUNS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "benchmarks/fastest.hpp"
#include "capacity/models.hpp"
#include "tonnage/capacity/search.hpp"

using namespace tonnage::capacity;
using tonnage::testing::fastest_ms;

namespace {

void points(const char* name, int runs, const CurveQuery& query) {
  std::vector<double> loads;
  for (int i = 1; i <= 1000; ++i) loads.push_back(0.02 * i);
  std::size_t count = 0;
  const double ms = fastest_ms(runs, [&] { count = capacity_curve(query, 1, loads).size(); });
  std::printf("| curve points, %s | %.0f/s |\n", name, 1e3 * static_cast<double>(count) / ms);
}

void ways(const char* name, int runs, const CurveQuery& query) {
  SearchQuery search_query;
  search_query.base = query;
  search_query.base.precision = std::nullopt;
  search_query.nodes = {{query.node, query.accelerator, 32.0}};
  int looked_at = 0;
  const double ms = fastest_ms(runs, [&] { looked_at = search(search_query).looked_at; });
  std::printf("| search, %s, %d ways | %.1f ms |\n", name, looked_at, ms);
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  std::printf("| what | one core |\n|---|---|\n");
  CurveQuery query = testing::chat_query(testing::llama_8b());
  points("requests alike", runs, query);
  query.shape.input_p95_tokens = 2.5 * query.shape.input_mean_tokens;
  query.shape.output_p95_tokens = 2.5 * query.shape.output_mean_tokens;
  points("lengths spread", runs, query);
  ways("dense model", runs, testing::chat_query(testing::llama_70b()));
  ways("model with experts", runs, testing::chat_query(testing::mixtral_8x7b()));
}
