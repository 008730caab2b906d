// Errors inside the engine are values: a Result<T> is a T or a penstock::Error. value() of a failed
// one throws that Error, which the public library lets through as it is.
#pragma once

#include <boost/system/result.hpp>

#include "penstock/error.hpp"

namespace penstock {

template <class T>
using Result = boost::system::result<T, Error>;

[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw error;
}

}  // namespace penstock
