# Where things go below the prefix. All of it finds itself from where it stands, so the prefix may
# be moved. Three components: `runtime` runs pipelines, `sdk` builds plugins, `dev` builds programs
# that embed the engine. What is built is installed where it is built; the rest here.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(PENSTOCK_PROGRAMS_IN_PREFIX ${CMAKE_INSTALL_LIBEXECDIR}/penstock)
set(PENSTOCK_PLUGINS_IN_PREFIX ${CMAKE_INSTALL_LIBDIR}/penstock/plugins)
set(PENSTOCK_CMAKE_IN_PREFIX ${CMAKE_INSTALL_LIBDIR}/cmake/penstock)

# penstock_install_plugins(): every plugin of the folders below this one. Their names without the
# `_plugin` of the targets are in the global property PENSTOCK_PLUGINS.
function(penstock_install_plugins)
  get_property(folders DIRECTORY PROPERTY SUBDIRECTORIES)
  foreach(folder ${folders})
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    list(FILTER targets INCLUDE REGEX "_plugin$")
    if(targets)
      install(TARGETS ${targets}
              LIBRARY DESTINATION ${PENSTOCK_PLUGINS_IN_PREFIX} COMPONENT runtime)
      list(TRANSFORM targets REPLACE "_plugin$" "")
      set_property(GLOBAL APPEND PROPERTY PENSTOCK_PLUGINS ${targets})
    endif()
  endforeach()
endfunction()

install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/penstock COMPONENT runtime)
install(FILES README.md CONTRIBUTING.md CHANGELOG.md LICENSE TYPE DOC COMPONENT runtime)
install(DIRECTORY docs TYPE DOC COMPONENT runtime FILES_MATCHING PATTERN "*.md")

# find_package(penstock). Before 1.0 a minor version may break what was promised.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/penstockConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/sdk/cmake/penstockConfig.cmake
              ${PROJECT_BINARY_DIR}/penstockConfigVersion.cmake
        DESTINATION ${PENSTOCK_CMAKE_IN_PREFIX} COMPONENT sdk)
install(EXPORT penstock_sdk NAMESPACE penstock:: FILE penstockSdk.cmake
        DESTINATION ${PENSTOCK_CMAKE_IN_PREFIX} COMPONENT sdk)
install(EXPORT penstock_library NAMESPACE penstock:: FILE penstockLibrary.cmake
        DESTINATION ${PENSTOCK_CMAKE_IN_PREFIX} COMPONENT dev)
