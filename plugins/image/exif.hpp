// The one thing of EXIF (JEITA CP-3451) that a thumbnail needs. Reads bytes that anybody may have
// made: nothing in them is believed, nothing is read out of bounds, and it never fails.
#pragma once

#include <penstock/type.hpp>

#include "image/picture.hpp"

namespace penstock::image {

// What the content of an APP1 segment says of the orientation; 1 if it says nothing valid.
Orientation exif_orientation(Bytes segment);

}  // namespace penstock::image
