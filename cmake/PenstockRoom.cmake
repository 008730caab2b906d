# penstock_compile_together(TARGET GROUP APART): what a group of libraries includes of the standard
# library is compiled once, for the first of them; and the files of one library several as one,
# unless it is APART: then its files have words of their own for the same things.
#
# Only with PENSTOCK_UNITY, as in the builds with sanitizers, which are slow to build. In a release
# build the steps of engine and plugins would sum up to 10 minutes instead of 22 (.ninja_log, gcc 12),
# but `seq 2000000 | penstock map text.upper` takes 7 % more of a processor (20 pairs), and a missing
# include would go unnoticed.
function(penstock_compile_together TARGET GROUP APART)
  if(NOT PENSTOCK_UNITY)
    return()
  endif()
  get_property(first GLOBAL PROPERTY PENSTOCK_FIRST_OF_${GROUP})
  if(first)
    target_precompile_headers(${TARGET} REUSE_FROM ${first})
  else()
    target_precompile_headers(${TARGET} PRIVATE <algorithm> <chrono> <cstring> <filesystem>
                              <functional> <map> <memory> <optional> <span> <string> <string_view>
                              <unordered_map> <variant> <vector>)
    set_property(GLOBAL PROPERTY PENSTOCK_FIRST_OF_${GROUP} ${TARGET})
  endif()
  if(NOT APART)
    set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# penstock_room(NAME [APART] SOURCES file... [LINKS target...]): one folder of engine/ as one static
# library, target penstock_NAME. Files are included by their path below engine/: "ipc/ring.hpp".
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
    penstock_compile_together(penstock_${NAME} engine ${ROOM_APART})
  endif()
endfunction()

# penstock_tasks(NAME [APART] SOURCES file... [LINKS target...]): one folder of plugins/. Its tasks
# are a library of their own, NAME_tasks, so that unit tests and other plugins can use them; the
# plugin itself, NAME.cpp, only registers them. Files are included as "files/output.hpp".
function(penstock_tasks NAME)
  cmake_parse_arguments(TASKS "APART" "" "SOURCES;LINKS" ${ARGN})
  add_library(${NAME}_tasks STATIC ${TASKS_SOURCES})
  target_include_directories(${NAME}_tasks PUBLIC ${PROJECT_SOURCE_DIR}/plugins)
  target_link_libraries(${NAME}_tasks PUBLIC penstock::sdk ${TASKS_LINKS}
                                      PRIVATE penstock_warnings)
  set_target_properties(${NAME}_tasks PROPERTIES CXX_VISIBILITY_PRESET hidden)
  penstock_compile_together(${NAME}_tasks plugins ${TASKS_APART})
  penstock_add_plugin(${NAME} SOURCES ${NAME}.cpp LINKS ${NAME}_tasks)
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
