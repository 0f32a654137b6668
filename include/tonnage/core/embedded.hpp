// Files compiled into the program (see cmake/EmbedFiles.cmake).
#pragma once

#include <string_view>
#include <vector>

namespace tonnage::embedded {

struct EmbeddedFile {
  std::string_view path;      ///< relative to its folder, with '/'
  std::string_view contents;
};

const std::vector<EmbeddedFile>& embedded_models();    ///< the catalogue: models/
const std::vector<EmbeddedFile>& embedded_examples();  ///< the shipped examples, as `tonnage init` writes them
const std::vector<EmbeddedFile>& embedded_html();      ///< style and script of the HTML page: src/report/html/
const std::vector<EmbeddedFile>& embedded_messages();  ///< one: docs/errors.md

}  // namespace tonnage::embedded
