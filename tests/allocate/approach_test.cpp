// What-ifs of large fleets, on fleets small enough to know the answer.
#include "test.hpp"

#include "small_fleet.hpp"

using namespace tonnage;
using tonnage::testing::random_fleet;
using tonnage::testing::SmallFleet;

namespace {

allocate::Result plan(const SmallFleet& fleet, const std::shared_ptr<const allocate::Approach>& approach) {
  const auto solver = optimize::interior_solver(optimize::highs_solver(), 0);
  allocate::AllocateOptions options;
  options.relative_gap = 1e-3;
  options.cost_only = true;
  options.approach = approach;
  return allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *solver);
}

double exact_cost(const SmallFleet& fleet) {
  allocate::AllocateOptions options;
  options.relative_gap = 0;
  options.cost_only = true;
  return allocate::allocate(fleet.scenario, fleet.demand, fleet.capacities, options, *optimize::highs_solver()).plan.proof.objective_usd;
}

}  // namespace

TEST_CASE("a what-if that begins where another plan was found is proved, and within its gap of the best", "[allocate]") {
  int planned = 0;
  for (unsigned seed = 1; seed <= 15; ++seed) {
    CAPTURE(seed);
    SmallFleet fleet = random_fleet(seed);
    const allocate::Result first = plan(fleet, nullptr);
    if (first.plan.proof.status != "optimal") continue;
    REQUIRE(first.approach != nullptr);
    for (Pool& pool : fleet.scenario.pools) {
      pool.price_usd_per_hour *= 1.03;
      pool.price_usd_per_month *= 1.1;
    }
    const Proof changed = plan(fleet, first.approach).plan.proof;
    const double best = exact_cost(fleet);
    CHECK(changed.status == "optimal");
    CHECK(changed.objective_usd >= best * (1 - 1e-6));
    CHECK(changed.objective_usd <= best * (1 + 2e-3));
    CHECK(changed.bound_usd <= best * (1 + 1e-6));
    ++planned;
  }
  CHECK(planned >= 8);
}

TEST_CASE("the approach to a plan of another form is left alone", "[allocate]") {
  const SmallFleet one = random_fleet(1), other = random_fleet(2);
  const allocate::Result first = plan(one, nullptr);
  REQUIRE(plan(other, first.approach).plan.proof.objective_usd == plan(other, nullptr).plan.proof.objective_usd);
}
