// What a task throws to say more than "failed". Anything else that it throws is a failure too, with
// the exception's text: a std::system_error for a full disk or a lack of descriptors counts as
// Lack. No exception leaves the plugin.
#pragma once

#include <penstock/type.hpp>

#include <cxxabi.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>

namespace penstock PENSTOCK_HIDDEN {

// The item can never succeed: it is not tried again.
class PENSTOCK_TYPE Permanent : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a restored source was to go on in is not what it was; see Context::changed.
class PENSTOCK_TYPE Changed : public Permanent {
 public:
  using Permanent::Permanent;
};

// It may succeed later: it is tried again.
class PENSTOCK_TYPE Transient : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The machine lacks something that no other attempt will find (a full disk): the run stops, to be
// resumed when there is more.
class PENSTOCK_TYPE Lack : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Bytes are not of the type that they are declared to be.
class PENSTOCK_TYPE Malformed : public Permanent {
 public:
  using Permanent::Permanent;
};

namespace sdk {

// Thrown where the host has recorded the failure already.
struct Recorded {};

inline bool is_lack(const std::error_code& code) {
  if (code.category() != std::generic_category() && code.category() != std::system_category()) {
    return false;
  }
  switch (code.value()) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:  // a limit of the process
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EPIPE:
      return true;
    default:
      return false;
  }
}

inline std::string current_exception_type() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "unknown";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
  return name ? name.get() : type->name();
}

// Tells the host about the exception in hand; called from a handler.
inline void report_exception(const penstock_host& host) noexcept {
  const auto fail = [&](penstock_failure failure, std::string_view text) {
    host.fail(host.self, failure, {text.data(), text.size()});
  };
  try {
    throw;
  } catch (const Recorded&) {
  } catch (const Changed& failure) {
    fail(PENSTOCK_FAIL_CHANGED, failure.what());
  } catch (const Permanent& failure) {
    fail(PENSTOCK_FAIL_PERMANENT, failure.what());
  } catch (const Transient& failure) {
    fail(PENSTOCK_FAIL_TRANSIENT, failure.what());
  } catch (const Lack& failure) {
    fail(PENSTOCK_FAIL_LACK, failure.what());
  } catch (const std::system_error& failure) {
    fail(is_lack(failure.code()) ? PENSTOCK_FAIL_LACK : PENSTOCK_FAIL_ERROR, failure.what());
  } catch (const std::bad_alloc&) {
    fail(PENSTOCK_FAIL_ERROR, "the task asked for memory and got none (std::bad_alloc)");
  } catch (const std::exception& failure) {
    fail(PENSTOCK_FAIL_ERROR, failure.what());
  } catch (...) {
    try {
      fail(PENSTOCK_FAIL_ERROR, "the task threw an exception of type " + current_exception_type());
    } catch (...) {
      fail(PENSTOCK_FAIL_ERROR, "the task threw an exception that is no std::exception");
    }
  }
}

}  // namespace sdk
}  // namespace penstock
