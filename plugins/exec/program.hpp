// Which file a program's name means. A name with a slash is a path as it stands; any other is
// looked for in the folders of PATH, those that are relative left aside. Nothing is ever handed to
// a shell, as execvp does with a file of unknown form.
#pragma once

#include <string>
#include <string_view>

namespace penstock::exec {

// Throws Permanent: there is none, or none that may be executed.
std::string find_program(const std::string& name, std::string_view folders);

}  // namespace penstock::exec
