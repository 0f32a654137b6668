// Each mistake in a catalogue file is reported at its line, and the sound rows are still read.
#include "test.hpp"

#include <map>

#include "tonnage/catalog/catalog.hpp"
#include "tonnage/core/text.hpp"

using namespace tonnage;

namespace {

/// The shipped files with changes: each keeps its header, and the rows that a test gives.
class Files {
 public:
  Files() {
    for (const auto& file : embedded::embedded_models()) texts_[std::string(file.path)] = std::string(file.contents);
  }
  /// Replaces the first `from` in a file.
  Files& change(const std::string& path, const std::string& from, const std::string& to) {
    std::string& text = texts_[path];
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    return *this;
  }
  /// Appends a row and gives its line.
  int append(const std::string& path, const std::string& row) {
    texts_[path] += row + "\r\n";
    return static_cast<int>(split(texts_[path], '\n').size()) - 1;
  }
  void erase(const std::string& path) { texts_.erase(path); }
  Catalog read(Diagnostics& diagnostics) const {
    std::vector<embedded::EmbeddedFile> files;
    for (const auto& [path, text] : texts_) files.push_back({path, text});
    return read_catalog(files, diagnostics);
  }

 private:
  std::map<std::string, std::string> texts_;
};

/// The first diagnostic as "code file:line".
std::string first(const Diagnostics& diagnostics) {
  if (diagnostics.items().empty()) return "none";
  const Diagnostic& item = diagnostics.items().front();
  if (!item.mark.known()) return item.code;
  return item.code + " " + diagnostics.sources.name(item.mark.file) + ":" + std::to_string(item.mark.line);
}

/// Appends a row that has one mistake; checks its code and place, and that no other row is lost.
void check_row(const std::string& path, const std::string& row, const std::string& code) {
  INFO(row);
  Files files;
  const int line = files.append(path, row);
  Diagnostics diagnostics;
  const Catalog catalog = files.read(diagnostics);
  CHECK(first(diagnostics) == code + " models/" + path + ":" + std::to_string(line));
  CHECK(diagnostics.error_count() == 1);
  CHECK(catalog.accelerators.size() == shipped_catalog().accelerators.size());
  CHECK(catalog.nodes.size() == shipped_catalog().nodes.size());
  CHECK(catalog.models.size() == shipped_catalog().models.size());
  CHECK(catalog.offers.size() == shipped_catalog().offers.size());
  CHECK(catalog.regions.size() == shipped_catalog().regions.size());
}

}  // namespace

TEST_CASE("the worked example of docs/catalogue.md loads", "[catalog]") {
  Files files;
  files.append("accelerators.csv", "c2,Contoso,asic,c2,144,4900,800,1600,0,0,500,8,50,650,published,Contoso C2 data sheet rev. 3,2026-11-01");
  files.append("nodes.csv", "c2x8,c2,8,8400,,Contoso C2 server data sheet,2026-11-01");
  files.append("offers.csv", "contoso-c2x8-purchase-2026-11,contoso,,,c2x8,purchase,,240000,,0,,Contoso price list,2026-11-01");
  Diagnostics diagnostics;
  const Catalog catalog = files.read(diagnostics);
  INFO(render(diagnostics, false));
  CHECK(diagnostics.items().empty());
  REQUIRE(catalog.find_node("c2x8") != nullptr);
  CHECK(catalog.find_node("c2x8")->idle_power_w == 2100);
  CHECK(catalog.find_offer("contoso-c2x8-purchase-2026-11")->usd_once == 240000);
}

TEST_CASE("a mistake in an accelerator's row is reported at its line", "[catalog]") {
  const std::string file = "accelerators.csv";
  check_row(file, "x,V,gpu,g,a lot,1,1,0,0,0,0,1,0,300,published,s,2026", "csv-number");
  check_row(file, "x,V,gpu,g,,1,1,0,0,0,0,1,0,300,published,s,2026", "catalog-value");
  check_row(file, "x,V,gpu,g,1,1,-1,0,0,0,0,1,0,300,published,s,2026", "catalog-value");
  check_row(file, "x,V,gpu,g,1,1,1,0,0,0,0,1.5,0,300,published,s,2026", "catalog-value");
  check_row(file, "x,V,gpu,g,1,1,1,0,0,0,0,0,0,300,published,s,2026", "catalog-value");
  check_row(file, "x,V,cpu,g,1,1,1,0,0,0,0,1,0,300,published,s,2026", "catalog-value");
  check_row(file, "x,V,gpu,g,1,1,1,0,0,0,0,1,0,300,guess,s,2026", "catalog-value");
  check_row(file, "X 1,V,gpu,g,1,1,1,0,0,0,0,1,0,300,published,s,2026", "catalog-value");
  check_row(file, ",V,gpu,g,1,1,1,0,0,0,0,1,0,300,published,s,2026", "catalog-value");
  check_row(file, "l4,V,gpu,g,1,1,1,0,0,0,0,1,0,300,published,s,2026", "catalog-duplicate");
  check_row(file, "x,V,gpu,g,1,1,1,0,0,0,0,1,0,300,published,,2026", "catalog-source");
  check_row(file, "x,V,gpu,g,1,1,1,0,0,0,0,1,0,300,published,s,", "catalog-source");
  check_row(file, "x,V,gpu,g,1,1", "csv-width");
}

TEST_CASE("a mistake in a node's row is reported at its line", "[catalog]") {
  check_row("nodes.csv", "x8,h100-sxn,8,,,s,2026", "catalog-reference");
  check_row("nodes.csv", "x8,h100-sxm,0,,,s,2026", "catalog-value");
  check_row("nodes.csv", "x8,h100-sxm,8,100,200,s,2026", "catalog-value");
  check_row("nodes.csv", "h100x8,h100-sxm,8,,,s,2026", "catalog-duplicate");
  check_row("nodes.csv", "x8,h100-sxm,8,,,\" \",2026", "catalog-source");
}

TEST_CASE("a mistake in an offer's row is reported at its line", "[catalog]") {
  const std::string file = "offers.csv";
  check_row(file, "o,p,r,i,h100x9,on-demand,1,,,0,,s,2026", "catalog-reference");
  check_row(file, "o,p,r,i,,on-demand,1,,,0,,s,2026", "catalog-reference");
  check_row(file, "o,p,r,i,h100x8,on_demand,1,,,0,,s,2026", "catalog-value");
  check_row(file, "o,p,r,i,h100x8,on-demand,,,,0,,s,2026", "catalog-value");
  check_row(file, "o,p,r,i,h100x8,purchase,1,,,0,,s,2026", "catalog-value");
  check_row(file, "o,p,r,i,h100x8,reserved,1,2,,36,all,s,2026", "catalog-value");
  check_row(file, "o,p,r,i,h100x8,reserved,1,,,36,some,s,2026", "catalog-value");
  check_row(file, "o,p,r,i,h100x8,reserved,1,,,3 years,all,s,2026", "catalog-value");
  check_row(file, "aws-p5.48xlarge-us-east-1-on-demand,p,r,i,h100x8,spot,1,,,0,,s,2026", "catalog-duplicate");
}

TEST_CASE("a mistake in a region's row is reported at its line", "[catalog]") {
  check_row("regions.csv", "x/y,x,here,10,0.1,0.9,s,2026", "catalog-value");
  check_row("regions.csv", "x/y,x,here,nan,0.1,1.1,s,2026", "csv-number");
  check_row("regions.csv", "aws/us-east-1,aws,here,10,0.1,1.1,s,2026", "catalog-duplicate");
}

TEST_CASE("a mistake in a model's row is reported at its line", "[catalog]") {
  Files files;
  files.change("architectures.csv", "llama-2-7b,llama,decoder,", "llama-2-7b,llama,transformer,");
  files.change("architectures.csv", ",bf16,", ",fp16,");
  Diagnostics diagnostics;
  const Catalog catalog = files.read(diagnostics);
  CHECK(diagnostics.error_count() == 2);
  CHECK(first(diagnostics) == "catalog-value models/architectures.csv:2");
  CHECK(catalog.models.size() + 1 == shipped_catalog().models.size());
}

TEST_CASE("unknown and missing columns are named", "[catalog]") {
  Files files;
  files.change("regions.csv", "carbon_g_per_kwh", "carbon_kg_per_kwh");
  Diagnostics diagnostics;
  const Catalog catalog = files.read(diagnostics);
  CHECK(diagnostics.error_count() == 2);
  CHECK(first(diagnostics) == "catalog-column models/regions.csv:1");
  CHECK(diagnostics.items()[0].message == "column 'carbon_g_per_kwh' is missing");
  CHECK(diagnostics.items()[1].message == "unknown column 'carbon_kg_per_kwh'");
  CHECK(diagnostics.items()[1].hint == "did you mean 'carbon_g_per_kwh'?");
  CHECK(catalog.regions.empty());
  CHECK(catalog.offers.size() == shipped_catalog().offers.size());
}

TEST_CASE("a missing catalogue file is reported", "[catalog]") {
  Files files;
  files.erase("offers.csv");
  Diagnostics diagnostics;
  const Catalog catalog = files.read(diagnostics);
  CHECK(first(diagnostics) == "catalog-file");
  CHECK(catalog.offers.empty());
  CHECK(catalog.nodes.size() == shipped_catalog().nodes.size());
}

TEST_CASE("rows that name a row which was left out are reported too", "[catalog]") {
  Files files;
  files.change("accelerators.csv", "h100-sxm,NVIDIA,gpu,", "h100-sxm,NVIDIA,card,");
  Diagnostics diagnostics;
  const Catalog catalog = files.read(diagnostics);
  CHECK(catalog.find_accelerator("h100-sxm") == nullptr);
  CHECK(catalog.find_node("h100x8") == nullptr);
  CHECK(diagnostics.error_count() > 3);
}
