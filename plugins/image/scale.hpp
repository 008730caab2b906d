// Pictures in other sizes. Each pixel of a smaller picture is the mean of the area that it covers,
// computed without rounding on the way; a larger one is interpolated between the nearest four. On
// the numbers as they are stored, as most programs do, not on the light that they stand for.
#pragma once

#include "image/picture.hpp"

namespace penstock::image {

// The size of a picture of `size` that has its proportions and fits into `box`, touching it; `size`
// itself if it fits already and is not to be enlarged. Never 0.
Dimensions fit(Dimensions size, Dimensions box, bool enlarge);

// In a size that is smaller or equal in both directions, or larger or equal in both.
Picture scaled(Picture picture, Dimensions size);

}  // namespace penstock::image
