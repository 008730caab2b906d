// Proxies as they travel with calls: as text, which any process can read.
#pragma once

#include <penstock/wire.hpp>

#include <string>

#include "../forked.hpp"

namespace penstock::sync {

template <class T>
std::string encoded(const T& value) {
  std::string scratch;
  std::string bytes;
  sdk::Wire<T>::encode(value, scratch, [&](Bytes all) { bytes = as_text(all); });
  return bytes;
}

template <class T>
T decoded(const std::string& bytes) {
  return sdk::Wire<T>::decode(as_bytes(bytes));
}

// Another process that gets the proxy, as a task would, and does with it what `body` does.
template <class T, class Body>
Forked elsewhere(const T& proxy, Body body) {
  return Forked([text = encoded(proxy), body] { return body(decoded<T>(text)); });
}

}  // namespace penstock::sync
