# axe-core, which looks for what keeps people out of a page, for tests: out of a PyPI wheel that carries it, pinned by hash.
# Gives AXE_SCRIPT, empty where there is no Chromium to run it in or it cannot be fetched: tests go without then, and say so.
include(${CMAKE_CURRENT_LIST_DIR}/FetchWheel.cmake)
set(AXE_VERSION 0.1.8)
set(axe_dir ${CMAKE_SOURCE_DIR}/build/axe-${AXE_VERSION})
set(AXE_SCRIPT ${axe_dir}/axe_playwright_python/axe.min.js)
find_program(CHROMIUM_PROGRAM NAMES chromium chromium-browser)

if(NOT CHROMIUM_PROGRAM)
  set(AXE_SCRIPT "")
elseif(NOT EXISTS ${AXE_SCRIPT})
  message(STATUS "Fetching axe-core (PyPI wheel axe-playwright-python ${AXE_VERSION})")
  fetch_wheel(${axe_dir} axe_playwright_python ${CMAKE_CURRENT_LIST_DIR}/axe.txt axe_fetched axe_playwright_python/axe.min.js)
  if(NOT axe_fetched)
    message(STATUS "axe-core could not be fetched: pages are checked without it")
    set(AXE_SCRIPT "")
  endif()
endif()
