// The plugin `http`: what stands behind URLs.
#include <penstock/plugin.hpp>

#include "http/get.hpp"

PENSTOCK_PLUGIN("http", "0.1.0", "fetches what stands behind URLs") {
  using namespace penstock::http;
  plugin.transform<Get>("get", "what a server answers to GET, for a URL or a record with `url`");
}
