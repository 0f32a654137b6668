#include "cli/progress.hpp"

#include "test.hpp"

using namespace tonnage;
using tonnage::cli::progress_text;

TEST_CASE("progress: counted work tells what is left, other work how far it is", "[cli]") {
  CHECK(progress_text({"planned", 0, 57}, 3) == "planned 0 of 57");
  CHECK(progress_text({"planned", 12, 57}, 10.6) == "planned 12 of 57, about 40 s left");
  CHECK(progress_text({"planned", 1, 57}, 10) == "planned 1 of 57, about 10 min left");
  CHECK(progress_text({"relaxation"}, 12.4) == "relaxation, 13 s");
  CHECK(progress_text({"whole nodes", 0, 0, 0.0031}, 12) == "whole nodes, within 0.31 %, 12 s");
}
