// Who may write a plugin. What lies where everybody on the system may write is refused before
// anything of it is opened: anybody could put code there that runs with the rights of whoever
// starts a run. Looked at are the file and the folder that it lies in, by their modes; where the
// name is a link, also the folder of each link on the way. PENSTOCK_ALLOW_WRITABLE_PLUGINS=1 in the
// environment allows it; any other value does not. Pure but for reading; any thread.
//
// Limitations, on purpose:
//  - Only the right of others to write (o+w, sticky or not) counts. Group and owner do not: many
//    systems give each user a group of their own, and a checkout in a container often belongs to
//    another user. Access control lists are not read either.
//  - Folders above are not looked at, nor are the libraries that a plugin is linked with.
//  - It is one look. Probe and workers open the same path later and do not look again; who could
//    exchange the file in between is its owner, its group, or whoever may write a folder above.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace penstock {

// Fails with the status `refused` and one line with the reason, without the path. What is no file
// is left to the probe, which says so.
Result<void> check_write_access(const std::filesystem::path& library);

}  // namespace penstock
