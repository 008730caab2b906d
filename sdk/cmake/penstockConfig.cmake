# find_package(penstock): for plugins the target penstock::sdk and penstock_add_plugin(); for
# programs that embed the engine, where that part is installed, penstock::penstock; and the command
# penstock itself as penstock::program.
include(${CMAKE_CURRENT_LIST_DIR}/penstockSdk.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/penstockLibrary.cmake OPTIONAL)
include(${CMAKE_CURRENT_LIST_DIR}/PenstockPlugin.cmake)
