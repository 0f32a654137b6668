# HiGHS through its C API: a system package where there is one, else the PyPI wheel `highsbox`, pinned by hash.
# Gives the target HiGHS::HiGHS and the function install_highs(DESTINATION).
include(${CMAKE_CURRENT_LIST_DIR}/FetchWheel.cmake)
set(HIGHSBOX_VERSION 1.15.1)

find_path(HiGHS_INCLUDE_DIR interfaces/highs_c_api.h PATH_SUFFIXES highs)
find_library(HiGHS_LIBRARY highs)
set(highs_from_wheel OFF)

if(NOT HiGHS_INCLUDE_DIR OR NOT HiGHS_LIBRARY)
  set(highs_wheel_dir ${CMAKE_SOURCE_DIR}/build/highsbox-${HIGHSBOX_VERSION})
  set(highs_dist ${highs_wheel_dir}/highsbox-${HIGHSBOX_VERSION}.data/purelib/highsbox/highs_dist)
  if(NOT EXISTS ${highs_dist}/include/highs/interfaces/highs_c_api.h)
    message(STATUS "Fetching HiGHS (PyPI wheel highsbox ${HIGHSBOX_VERSION})")
    fetch_wheel(${highs_wheel_dir} highsbox ${CMAKE_CURRENT_LIST_DIR}/highsbox.txt highs_fetched)
    if(NOT highs_fetched)
      message(FATAL_ERROR "HiGHS is not installed and the wheel highsbox ${HIGHSBOX_VERSION} could not be fetched with "
                          "'python3 -m pip download'. Install libhighs-dev or python3-pip, or check the network.")
    endif()
  endif()
  set(HiGHS_INCLUDE_DIR ${highs_dist}/include/highs CACHE PATH "" FORCE)
  find_library(highs_wheel_library highs PATHS ${highs_dist}/lib NO_DEFAULT_PATH REQUIRED)
  set(HiGHS_LIBRARY ${highs_wheel_library} CACHE FILEPATH "" FORCE)
endif()
string(FIND "${HiGHS_LIBRARY}" "highsbox-" highs_wheel_at)
if(highs_wheel_at GREATER -1)
  set(highs_from_wheel ON)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(HiGHS REQUIRED_VARS HiGHS_LIBRARY HiGHS_INCLUDE_DIR)
if(HiGHS_FOUND AND NOT TARGET HiGHS::HiGHS)
  add_library(HiGHS::HiGHS UNKNOWN IMPORTED)
  set_target_properties(HiGHS::HiGHS PROPERTIES IMPORTED_LOCATION ${HiGHS_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${HiGHS_INCLUDE_DIR})
endif()

# The wheel's libraries travel with the installed program; a system library stays where it is.
function(install_highs destination)
  if(highs_from_wheel)
    get_filename_component(dir ${HiGHS_LIBRARY} DIRECTORY)
    file(GLOB libraries ${dir}/*.so ${dir}/*.so.* ${dir}/*.dylib)
    install(FILES ${libraries} DESTINATION ${destination})
  endif()
endfunction()
