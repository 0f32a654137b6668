// The exported program, read and solved by a solver that knows nothing else, has the plan's objective.
#include "test.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <interfaces/highs_c_api.h>

#include "tonnage/catalog/catalog.hpp"
#include "tonnage/optimize/linear_program.hpp"
#include "tonnage/pipeline/pipeline.hpp"
#include "tonnage/scenario/load.hpp"

using namespace tonnage;

namespace {

struct Answer {
  HighsInt status = -1;
  double objective = 0;
  double bound = 0;
  HighsInt columns = 0, rows = 0;
};

/// A file that is gone at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    path_ = (std::filesystem::temp_directory_path() / fmt::format("tonnage-export-{}.mps", getpid())).string();
    std::ofstream(path_, std::ios::binary) << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Answer solve_file(const std::string& mps, double gap, double seconds) {
  const TemporaryFile file(mps);
  void* highs = Highs_create();
  Highs_setBoolOptionValue(highs, "output_flag", 0);
  Highs_setIntOptionValue(highs, "threads", 1);
  Highs_setDoubleOptionValue(highs, "mip_rel_gap", gap);
  Highs_setDoubleOptionValue(highs, "time_limit", seconds);
  Answer out;
  REQUIRE(Highs_readModel(highs, file.path().c_str()) == kHighsStatusOk);
  out.columns = Highs_getNumCol(highs);
  out.rows = Highs_getNumRow(highs);
  REQUIRE(Highs_run(highs) != kHighsStatusError);
  out.status = Highs_getModelStatus(highs);
  out.objective = Highs_getObjectiveValue(highs);
  out.bound = out.objective;
  Highs_getDoubleInfoValue(highs, "mip_dual_bound", &out.bound);
  Highs_destroy(highs);
  return out;
}

std::vector<std::filesystem::path> examples() {
  std::vector<std::filesystem::path> out;
  for (const auto& folder : std::filesystem::directory_iterator(testing::source_dir() / "examples"))
    if (folder.is_directory())
      for (const auto& file : std::filesystem::directory_iterator(folder))
        if (file.path().extension() == ".yaml") out.push_back(file.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("every kind of bound survives the file", "[optimize]") {
  optimize::LinearProgram p;
  const double inf = optimize::infinity;
  const int x = p.add_column("x with spaces", 1.1, -5, 4);
  const int y = p.add_column("y", -1, -inf, 2.5);
  const int z = p.add_column("z", 0.1, 2, 9, true);
  const int f = p.add_column("fixed", 3, 7, 7);
  const int u = p.add_column("unbounded integer", 0.01, 0, inf, true);
  p.add_column("nowhere", 2, 1, 3);
  const int free_column = p.add_column("free", 0.5, -inf, inf);
  p.offset = -12.25;
  p.add_row("range", -3, 8, {{x, 1}, {y, 2}});
  p.add_row("equal", 4.5, 4.5, {{z, 1}, {free_column, 1}});
  p.add_row("least", 6.5, inf, {{u, 1}, {f, 0.1}});
  p.add_row("most", -inf, -1, {{x, 1}, {z, -0.5}});
  p.add_row("idle", -inf, inf, {{x, 1}, {y, 1}});
  const auto direct = optimize::highs_solver()->solve(p, {});
  REQUIRE(direct.status == optimize::Status::optimal);
  const Answer read = solve_file(optimize::to_mps(p, "kinds"), 0, 60);
  REQUIRE(read.status == kHighsModelStatusOptimal);
  REQUIRE(read.columns == p.columns());
  REQUIRE(read.objective == Approx(direct.objective).epsilon(1e-12));
}

TEST_CASE("the program of each example, solved from its file, confirms the plan", "[optimize]") {
  for (const auto& path : examples()) {
    CAPTURE(path.filename().string());
    Diagnostics diagnostics;
    auto loaded = scenario::load_scenario({path.string(), {}, {}, false}, shipped_catalog(), system_files(), diagnostics);
    REQUIRE(loaded);
    pipeline::RunOptions options;
    options.allocate.relative_gap = 1e-4;
    const pipeline::Run run = pipeline::run(std::move(*loaded), pipeline::Stage::allocate, options);
    REQUIRE(run.feasible());
    const Proof& proof = run.plan.proof;
    const Answer read = solve_file(optimize::to_mps(run.program, path.stem().string()), 1e-6, 60);
    REQUIRE(read.columns == proof.columns);
    REQUIRE(read.rows >= proof.rows);  // a reader may keep free rows
    const double slack = 1e-6 * std::abs(proof.objective_usd);
    if (read.status != kHighsModelStatusOptimal) {
      std::printf("%s: HiGHS stopped after 60 s; its bound is compared\n", path.stem().c_str());
      CHECK(read.bound <= proof.objective_usd + slack);
      continue;
    }
    CHECK(read.objective >= proof.bound_usd - slack);
    CHECK(read.objective <= proof.objective_usd + slack);
  }
}
