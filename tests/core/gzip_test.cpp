#include <string>

#include "test.hpp"
#include "tonnage/core/gzip.hpp"

using namespace tonnage;

TEST_CASE("gzip: unpacked, several members, cut off, damaged, too large", "[core]") {
  // python3 -c 'import gzip; print(gzip.compress(b"a,b\n1,2\n", mtime=0))'
  const std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xd4\x49\xe2\x32\xd4\x31\xe2\x02\x00\x7b\x07\x97\x0a\x08\x00\x00\x00", 28);
  std::string problem;
  REQUIRE(is_gzip(packed));
  CHECK_FALSE(is_gzip("a,b"));
  CHECK(gunzip(packed, 100, problem).value_or("") == "a,b\n1,2\n");
  CHECK(gunzip(packed + packed, 100, problem).value_or("") == "a,b\n1,2\na,b\n1,2\n");
  CHECK_FALSE(gunzip(packed.substr(0, 15), 100, problem));
  CHECK(problem == "is cut off");
  CHECK_FALSE(gunzip(packed + "tail", 100, problem));
  std::string damaged = packed;
  damaged[20] = static_cast<char>(damaged[20] ^ 0x55);
  CHECK_FALSE(gunzip(damaged, 100, problem));
  CHECK_FALSE(gunzip(packed, 4, problem));
  CHECK(problem.rfind("unpacks to more than", 0) == 0);
}
