# penstock_add_plugin(NAME [SOURCES] file... [LINKS target...]): a plugin libNAME.so, of C++20 or C
# sources, target NAME_plugin. It exports nothing but penstock_plugin, keeps line numbers for the
# stacks of crash reports, and is put into PENSTOCK_PLUGIN_DIR, or else into the project's build
# folder.
function(penstock_add_plugin NAME)
  cmake_parse_arguments(PLUGIN "" "" "SOURCES;LINKS" ${ARGN})
  set(directory ${PENSTOCK_PLUGIN_DIR})
  if(NOT directory)
    set(directory ${PROJECT_BINARY_DIR})
  endif()

  set(exports ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin_exports.map)

  set(target ${NAME}_plugin)
  add_library(${target} MODULE ${PLUGIN_SOURCES} ${PLUGIN_UNPARSED_ARGUMENTS})
  set_target_properties(${target} PROPERTIES
    PREFIX lib
    OUTPUT_NAME ${NAME}
    SUFFIX .so
    LIBRARY_OUTPUT_DIRECTORY ${directory}
    CXX_STANDARD_REQUIRED ON
    CXX_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${exports})
  target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug,RelWithDebInfo>>:-g1>)
  target_link_options(${target} PRIVATE LINKER:--version-script=${exports})
  target_link_libraries(${target} PRIVATE penstock::sdk ${PLUGIN_LINKS})
  if(TARGET penstock_warnings)
    target_link_libraries(${target} PRIVATE penstock_warnings)
  endif()
endfunction()
