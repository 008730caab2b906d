# Everything here comes from the system's packages; nothing is downloaded. `./dev` installs what is
# missing on Debian and Ubuntu.

# penstock_find(PACKAGE [find_package argument...]): find_package that names the cure.
macro(penstock_find PACKAGE)
  find_package(${ARGN} QUIET)
  if(NOT ${ARGV1}_FOUND)
    string(REPLACE ";" " " wanted "${ARGN}")
    message(FATAL_ERROR "${wanted} is missing: install ${PACKAGE}")
  endif()
endmacro()

# penstock_find_library(PACKAGE VARIABLE NAME): find_library that names the cure.
macro(penstock_find_library PACKAGE VARIABLE NAME)
  find_library(${VARIABLE} ${NAME})
  if(NOT ${VARIABLE})
    message(FATAL_ERROR "lib${NAME} is missing: install ${PACKAGE}")
  endif()
endmacro()

find_package(Threads REQUIRED)
# Headers alone: Asio, DLL, JSON, Process, System.
penstock_find("libboost-dev, or on Debian 12 libboost1.81-dev" Boost 1.81)
penstock_find(libyaml-cpp-dev yaml-cpp)
penstock_find(libcli11-dev CLI11)
penstock_find(libsqlite3-dev SQLite3)
penstock_find_library(libdw-dev DW_LIBRARY dw)
penstock_find_library(libelf-dev ELF_LIBRARY elf)
penstock_find_library(libseccomp-dev SECCOMP_LIBRARY seccomp)  # of penstock-worker alone
if(PENSTOCK_TESTS)
  penstock_find(catch2 Catch2)
  penstock_find(python3 Python3 COMPONENTS Interpreter)
endif()

# Both libraries use the standard file system library instead of Boost's compiled one.
add_library(penstock_boost INTERFACE)
target_link_libraries(penstock_boost INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(penstock_boost INTERFACE BOOST_DLL_USE_STD_FS BOOST_PROCESS_USE_STD_FS
                           BOOST_ASIO_NO_DEPRECATED)

if(NOT TARGET yaml-cpp::yaml-cpp)  # before yaml-cpp 0.8
  add_library(yaml-cpp::yaml-cpp INTERFACE IMPORTED)
  target_link_libraries(yaml-cpp::yaml-cpp INTERFACE yaml-cpp)
endif()
