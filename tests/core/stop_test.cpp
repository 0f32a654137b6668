#include "tonnage/core/stop.hpp"

#include "test.hpp"
#include "tonnage/core/deadline.hpp"

using namespace tonnage;

TEST_CASE("stop: heard within a scope only, and once", "[core]") {
  CHECK_FALSE(stop_by_signal());
  CHECK_FALSE(stop_requested());
  {
    const StopScope outer;
    const StopScope inner;
    CHECK_FALSE(stop_requested());
    CHECK(stop_by_signal());
    CHECK(stop_requested());
    CHECK_FALSE(stop_by_signal());  // the second ends the program
  }
  CHECK_FALSE(stop_requested());
}

TEST_CASE("stop: a deadline has passed when nothing is left of it", "[core]") {
  CHECK_FALSE(Deadline().limited());
  CHECK_FALSE(Deadline().passed());
  CHECK(Deadline(0).passed());
  CHECK_FALSE(Deadline(1e6).passed());
  CHECK(Deadline(1e6).left_s() <= 1e6);
}
