# embed_files(NAME FOLDER [PATTERN]): compiles the files of a folder, or those of a pattern, into the library, so that the program finds them anywhere.
# Scripts and the puzzles, which are no templates of scenarios, stay outside.
# Gives the variable NAME (a generated source) that defines, in namespace tonnage::embedded,
#   const std::vector<EmbeddedFile>& NAME();          // path relative to FOLDER, contents; sorted by path
set(embed_script ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)
function(embed_files name folder)
  set(pattern *)
  if(ARGC GREATER 2)
    set(pattern ${ARGV2})
  endif()
  file(GLOB_RECURSE files CONFIGURE_DEPENDS LIST_DIRECTORIES false ${folder}/${pattern})
  list(FILTER files EXCLUDE REGEX "\\.py$|__pycache__|/puzzles/")
  set(out ${CMAKE_BINARY_DIR}/embedded/${name}.cpp)
  list(JOIN files "|" joined)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DFOLDER=${folder} "-DFILES=${joined}" -DOUT=${out} -P ${embed_script}
    DEPENDS ${files} ${embed_script} VERBATIM)
  set(${name} ${out} PARENT_SCOPE)
endfunction()
