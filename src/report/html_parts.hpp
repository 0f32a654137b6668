// What an HTML page is made of, before tags.
#pragma once

#include <string>
#include <vector>

#include "tonnage/report/page.hpp"

namespace tonnage::report {

/// A chart, what it shows in words, and its figures as a table.
struct Figure {
  std::string id, title, text;
  std::string svg;
  Table table;
  bool open = false;             ///< the table is shown beside the chart, not only on demand
};

struct Section {
  std::string id, title, lead;
  std::vector<Table> tables;
  std::vector<Figure> figures;
  std::vector<std::string> notes;
  bool folded = false;           ///< tables on demand
};

std::string html_document(const Page& page, const std::vector<Section>& sections);

}  // namespace tonnage::report
