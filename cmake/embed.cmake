# Script mode: writes OUT, a C++ source that holds the files FILES (joined by |) below FOLDER as byte arrays.
# Arrays, not string literals: compilers limit a literal's length, and a hex escape would run into the next character.
string(REPLACE "|" ";" FILES "${FILES}")
list(SORT FILES)
set(arrays "")
set(entries "")
set(index 0)
string(REPEAT "." 48 row)  # 24 bytes a line
foreach(file IN LISTS FILES)
  file(RELATIVE_PATH relative "${FOLDER}" "${file}")
  file(SIZE "${file}" size)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(${row})" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  # The closing zero makes an empty file a valid array; it is not part of the contents.
  string(APPEND arrays "const unsigned char file_${index}[] = {\n${bytes}0x00};\n")
  string(APPEND entries "    {R\"path(${relative})path\", {reinterpret_cast<const char*>(file_${index}), ${size}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUT}" "#include \"tonnage/core/embedded.hpp\"

namespace tonnage::embedded {
namespace {
${arrays}}  // namespace

const std::vector<EmbeddedFile>& ${NAME}() {
  static const std::vector<EmbeddedFile> files = {
${entries}  };
  return files;
}

}  // namespace tonnage::embedded
")
