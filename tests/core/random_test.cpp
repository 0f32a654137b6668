#include "test.hpp"

#include <atomic>
#include <cmath>
#include <stdexcept>

#include <Random123/philox.h>

#include "tonnage/core/parallel.hpp"
#include "tonnage/core/random.hpp"

using namespace tonnage;

TEST_CASE("Philox gives the published known answer", "[core]") {
  // Random123, kat_vectors: philox4x32 10, all zero counter and key.
  const r123::Philox4x32::ctr_type counter = {{0, 0, 0, 0}};
  const r123::Philox4x32::key_type key = {{0, 0}};
  const auto out = r123::Philox4x32()(counter, key);
  CHECK(out[0] == 0x6627e8d5U);
  CHECK(out[1] == 0xe169c58dU);
  CHECK(out[2] == 0xbc57ac4cU);
  CHECK(out[3] == 0x9b00dbd8U);
}

TEST_CASE("a stream depends on seed, name and index alone", "[core]") {
  const RandomStream a(1, "demand"), b(1, "demand"), other_name(1, "price"), other_seed(2, "demand");
  CHECK(a.bits(5) == b.bits(5));
  CHECK(a.bits(5) != a.bits(6));
  CHECK(a.bits(5) != other_name.bits(5));
  CHECK(a.bits(5) != other_seed.bits(5));
}

TEST_CASE("uniform and normal have their moments", "[core]") {
  const RandomStream random(3, "moments");
  const int n = 100000;
  double u = 0, z = 0, z2 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.uniform(static_cast<std::uint64_t>(i));
    REQUIRE(x > 0);
    REQUIRE(x < 1);
    u += x;
    const double y = random.normal(static_cast<std::uint64_t>(i));
    z += y;
    z2 += y * y;
  }
  CHECK(std::fabs(u / n - 0.5) < 5 * 0.2887 / std::sqrt(n));
  CHECK(std::fabs(z / n) < 5 / std::sqrt(n));
  CHECK(std::fabs(z2 / n - 1) < 5 * std::sqrt(2.0 / n));
}

TEST_CASE("a parallel loop gives the same for any number of threads", "[core]") {
  const RandomStream random(9, "loop");
  std::vector<double> expected(1001);
  for (int i = 0; i < 1001; ++i) expected[static_cast<std::size_t>(i)] = random.normal(static_cast<std::uint64_t>(i));
  for (const int threads : {1, 2, 3, 8, 2000}) {
    std::vector<double> out(1001);
    parallel_for(1001, threads, [&](int i) { out[static_cast<std::size_t>(i)] = random.normal(static_cast<std::uint64_t>(i)); });
    CHECK(out == expected);
  }
  int calls = 0;
  parallel_for(0, 4, [&](int) { ++calls; });
  CHECK(calls == 0);
}

TEST_CASE("of the failures of a parallel loop the first in order is thrown, and all before it have run", "[core]") {
  for (int round = 0; round < 50; ++round) {
    std::vector<std::atomic<int>> ran(8);
    std::string thrown;
    try {
      parallel_for(8, 4, [&](int i) {
        ++ran[static_cast<std::size_t>(i)];
        if (i == 3 || i == 5) throw std::runtime_error(std::to_string(i));
      });
    } catch (const std::runtime_error& error) {
      thrown = error.what();
    }
    CHECK(thrown == "3");
    for (std::size_t i = 0; i <= 3; ++i) CHECK(ran[i] == 1);
  }
}
