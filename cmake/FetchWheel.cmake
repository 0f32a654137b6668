# fetch_wheel(DIR WHEEL REQUIREMENTS OUT [PATTERN...]): downloads the PyPI wheel WHEEL, pinned by hash in the file REQUIREMENTS, into DIR
# and unpacks it there, or what PATTERNs name of it. OUT becomes TRUE where that was possible.
function(fetch_wheel dir wheel requirements out)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  execute_process(
    COMMAND ${Python3_EXECUTABLE} -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all:
            --dest ${dir} -r ${requirements}
    RESULT_VARIABLE result)
  file(GLOB found ${dir}/${wheel}-*.whl)
  if(result EQUAL 0 AND found)
    if(ARGN)
      file(ARCHIVE_EXTRACT INPUT ${found} DESTINATION ${dir} PATTERNS ${ARGN})
    else()
      file(ARCHIVE_EXTRACT INPUT ${found} DESTINATION ${dir})
    endif()
    set(${out} TRUE PARENT_SCOPE)
  else()
    set(${out} FALSE PARENT_SCOPE)
  endif()
endfunction()
