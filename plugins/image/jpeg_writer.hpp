// Writes a picture as a baseline JPEG image, the same for the same picture and quality.
#pragma once

#include <penstock/type.hpp>

#include <cstdlib>
#include <memory>

#include "image/picture.hpp"

namespace penstock::image {

struct Jpeg {
  struct Free {
    void operator()(unsigned char* data) const { std::free(data); }
  };
  Bytes bytes() const { return {reinterpret_cast<const std::byte*>(data.get()), size}; }

  std::unique_ptr<unsigned char, Free> data;
  std::size_t size = 0;
};

Jpeg write_jpeg(const Picture& picture, int quality);

}  // namespace penstock::image
