#include "image/jpeg_writer.hpp"

#include <jerror.h>

#include <utility>

#include "image/jpeg_error.hpp"

namespace penstock::image {
namespace {

constexpr const char* action = "the thumbnail cannot be written as JPEG";
constexpr std::size_t first_room = 16 << 10;

// One image. Where libjpeg has to put its output, it asks for more room; that happens in C, between
// a setjmp and its longjmp, and so memory is taken with realloc.
class Encoder {
 public:
  Encoder() {
    codec_.err = error_.manager();
    error_.guarded(action, [&] { jpeg_create_compress(&codec_); });
    codec_.client_data = this;
    codec_.dest = &destination_;
    destination_.init_destination = [](j_compress_ptr codec) { of(codec).grow(first_room); };
    destination_.empty_output_buffer = [](j_compress_ptr codec) -> boolean {
      of(codec).grow(2 * of(codec).jpeg_.size);
      return TRUE;
    };
    destination_.term_destination = [](j_compress_ptr codec) {
      of(codec).jpeg_.size -= codec->dest->free_in_buffer;
    };
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { jpeg_destroy_compress(&codec_); }

  Jpeg encode(const Picture& picture, int quality) {
    error_.guarded(action, [&] { write(picture, quality); });
    return std::move(jpeg_);
  }

 private:
  static Encoder& of(j_compress_ptr codec) { return *static_cast<Encoder*>(codec->client_data); }

  // Called when all the room there was is full.
  void grow(std::size_t size) {
    auto* larger = static_cast<unsigned char*>(std::realloc(jpeg_.data.get(), size));
    if (larger == nullptr) ERREXIT1(&codec_, JERR_OUT_OF_MEMORY, 0);
    jpeg_.data.release();
    jpeg_.data.reset(larger);
    destination_.next_output_byte = larger + jpeg_.size;
    destination_.free_in_buffer = size - jpeg_.size;
    jpeg_.size = size;
  }

  void write(const Picture& picture, int quality) {
    codec_.image_width = picture.size.width;
    codec_.image_height = picture.size.height;
    codec_.input_components = static_cast<int>(picture.channels);
    codec_.in_color_space = picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&codec_);
    jpeg_set_quality(&codec_, quality, TRUE);
    codec_.optimize_coding = TRUE;
    jpeg_start_compress(&codec_, TRUE);
    if (!picture.profile.empty()) {
      jpeg_write_icc_profile(&codec_, reinterpret_cast<const JOCTET*>(picture.profile.data()),
                             static_cast<unsigned>(picture.profile.size()));
    }
    for (std::uint32_t y = 0; y != picture.size.height; ++y) {
      JSAMPROW row = const_cast<JSAMPROW>(picture.row(y));  // which libjpeg only reads
      jpeg_write_scanlines(&codec_, &row, 1);
    }
    jpeg_finish_compress(&codec_);
  }

  JpegError error_;
  jpeg_compress_struct codec_{};
  jpeg_destination_mgr destination_{};
  Jpeg jpeg_;
};

}  // namespace

Jpeg write_jpeg(const Picture& picture, int quality) {
  return Encoder().encode(picture, quality);
}

}  // namespace penstock::image
