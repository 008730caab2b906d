// Boost.JSON is compiled here, once for all.
#include <boost/json/src.hpp>
