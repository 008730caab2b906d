// A manager's server as a process of its own: what the program that starts it prepares, and what
// runs there. The program listens before the process is there, so that nobody has to wait for the
// server to be ready; it keeps one end of the life line, and when that is closed, by whatever
// death, the server ends.
#pragma once

#include <string>
#include <vector>

#include "sync/managed/object_server.hpp"

namespace penstock::sync {

struct StartingServer {
  Address address;         // for clients of this machine and user
  Address public_address;  // that was asked for; else the same
  UniqueFd life_line;
  // For the process, as 3, 4, 5...; to be closed here once it runs. Until then, and for as long as
  // anybody else has them, clients that connect wait for a server that is not there.
  std::vector<UniqueFd> descriptors;
};

// An empty address: nobody but those who are told of it finds the server.
Result<StartingServer> prepare_server(const std::string& address, const std::string& key);

// Options for a server in this process, and its public address.
struct OwnServer {
  ObjectServer::Options options;
  Address public_address;
};
Result<OwnServer> own_server(const std::string& address, const std::string& key);

// In the server's process: takes what was prepared from the descriptors, serves until the end, and
// leaves the process.
[[noreturn]] void serve_as_started();

}  // namespace penstock::sync
