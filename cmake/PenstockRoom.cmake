# Builds that take long as they are: under sanitizers, and those that count lines.
set(PENSTOCK_SLOW_TO_BUILD OFF)
if(PENSTOCK_SANITIZE OR PENSTOCK_COVERAGE)
  set(PENSTOCK_SLOW_TO_BUILD ON)
endif()

# penstock_room(NAME [APART] SOURCES file... [LINKS target...]): one folder of engine/ as one static
# library, target penstock_NAME. Files are included by their path below engine/: "ipc/ring.hpp".
# APART: its files have words of their own for the same things, and are never compiled as one.
function(penstock_room NAME)
  cmake_parse_arguments(ROOM "APART" "" "SOURCES;LINKS" ${ARGN})
  if(ROOM_SOURCES)
    add_library(penstock_${NAME} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(penstock_${NAME} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(penstock_${NAME} ${scope} ${PROJECT_SOURCE_DIR}/engine
                             ${PROJECT_SOURCE_DIR}/engine/include)
  target_link_libraries(penstock_${NAME} ${scope} ${ROOM_LINKS})
  if(ROOM_SOURCES)
    target_link_libraries(penstock_${NAME} PRIVATE penstock_warnings)
    penstock_precompile_headers(penstock_${NAME})
    # Several files as one, so that it takes less.
    if(PENSTOCK_SLOW_TO_BUILD AND NOT ROOM_APART)
      set_target_properties(penstock_${NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    endif()
  endif()
endfunction()

# Of the standard library what most files include, compiled once: the first room has it made. Only
# in the builds that are slow, so that other builds notice a missing include.
function(penstock_precompile_headers TARGET)
  get_property(first GLOBAL PROPERTY PENSTOCK_PRECOMPILED)
  if(NOT PENSTOCK_SLOW_TO_BUILD)
    return()
  elseif(first)
    target_precompile_headers(${TARGET} REUSE_FROM ${first})
  else()
    target_precompile_headers(${TARGET} PRIVATE <algorithm> <chrono> <cstring> <filesystem>
                              <functional> <map> <memory> <optional> <span> <string> <string_view>
                              <unordered_map> <variant> <vector>)
    set_property(GLOBAL PROPERTY PENSTOCK_PRECOMPILED ${TARGET})
  endif()
endfunction()

# Warnings for our own code, and the sanitizers for everything.
add_library(penstock_warnings INTERFACE)
target_compile_options(penstock_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
                       $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # gcc 12 sees overlaps that are none
if(PENSTOCK_SANITIZE)
  add_compile_options(-fsanitize=${PENSTOCK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PENSTOCK_SANITIZE})
endif()
if(PENSTOCK_COVERAGE)
  add_subdirectory(${PROJECT_SOURCE_DIR}/tests/coverage)  # which is not counted itself
  add_compile_options(--coverage)
  add_link_options(--coverage)
  link_libraries($<BUILD_INTERFACE:penstock_told>)
endif()
