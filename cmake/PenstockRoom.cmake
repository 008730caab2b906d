# penstock_room(NAME SOURCES file... [LINKS target...]): one folder of engine/ as one static
# library, target penstock_NAME. Files are included by their path below engine/: "ipc/ring.hpp".
function(penstock_room NAME)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
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
  endif()
endfunction()

# Warnings for our own code, and the sanitizers for everything.
add_library(penstock_warnings INTERFACE)
target_compile_options(penstock_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
                       $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # gcc 12 sees overlaps that are none
if(PENSTOCK_SANITIZE)
  add_compile_options(-fsanitize=${PENSTOCK_SANITIZE} -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${PENSTOCK_SANITIZE})
endif()
