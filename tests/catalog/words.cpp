// The words that files use for enumerations.
#include "test.hpp"

#include "tonnage/documents/hardware.hpp"
#include "tonnage/documents/model.hpp"

using namespace tonnage;

TEST_CASE("enumerations are spelled one way and read back", "[catalog]") {
  for (const OfferKind kind : {OfferKind::owned, OfferKind::purchase, OfferKind::lease, OfferKind::colocation, OfferKind::on_demand,
                               OfferKind::reserved, OfferKind::spot, OfferKind::api})
    CHECK(parse_offer_kind(to_string(kind)) == kind);
  for (const ModelKind kind : {ModelKind::decoder, ModelKind::encoder, ModelKind::speech, ModelKind::vision, ModelKind::diffusion,
                               ModelKind::recommender, ModelKind::measured})
    CHECK(parse_model_kind(to_string(kind)) == kind);
  for (const Precision precision :
       {Precision::fp32, Precision::bf16, Precision::fp8, Precision::int8, Precision::int4, Precision::mxfp4, Precision::nvfp4})
    CHECK(parse_precision(to_string(precision)) == precision);
  CHECK(std::string(to_string(OfferKind::on_demand)) == "on-demand");
  CHECK_FALSE(parse_offer_kind("on_demand"));
  CHECK_FALSE(parse_offer_kind(""));
  CHECK_FALSE(parse_model_kind("Decoder"));
  CHECK_FALSE(parse_precision("fp16"));
}
