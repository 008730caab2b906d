#include <penstock/testing.hpp>

#include <cmath>
#include <random>

#include "catch.hpp"
#include "image/exif.hpp"
#include "image/thumbnail.hpp"
#include "jpeg_sample.hpp"
#include "temporary_folder.hpp"

using namespace penstock;
using namespace std::string_literals;
using Catch::Matchers::Contains;
using image::Dimensions;
using image::Picture;

namespace {

struct Thumbnails {
  Plugin plugin;
  Rig rig;

  explicit Thumbnails(std::string_view task, const Rig::Settings& settings = {})
      : rig(registered(), task, settings) {}

  std::string of(std::string_view jpeg) {
    rig.clear();
    if (!rig.run(as_bytes(jpeg))) FAIL(rig.failure()->text);
    return std::string(as_text(rig.emissions().front().value()));
  }

  template <class T>
  Rig::Failure failure(const T& item) {
    rig.clear();
    CHECK_FALSE(rig.run(item));
    CHECK(rig.emissions().empty());
    return rig.failure().value_or(Rig::Failure{});
  }

  std::string damage(std::string_view jpeg) {
    const Rig::Failure failed = failure(as_bytes(jpeg));
    CHECK(failed.kind == PENSTOCK_FAIL_PERMANENT);
    return failed.text;
  }

 private:
  Plugin& registered() {
    plugin.transform<image::Thumbnail>("thumbnail", "");
    plugin.transform<image::ThumbnailOfFile>("thumbnail_file", "");
    return plugin;
  }
};

struct Listed {
  std::string path;
  std::int64_t size = 0;
};
PENSTOCK_FIELDS(Listed, path, size)

constexpr Dimensions large{640, 480};

// From left to right, from top to bottom, and the reverse of the first.
int gradient(unsigned x, unsigned y, unsigned channel) {
  const unsigned right = x * 255 / (large.width - 1);
  return static_cast<int>(channel == 0   ? right
                          : channel == 1 ? y * 255 / (large.height - 1)
                                         : 255 - right);
}

bool near(int value, double wanted, double tolerance) {
  return std::abs(value - wanted) <= tolerance;
}

// The EXIF data of a camera that was held like that.
std::string exif(unsigned orientation, bool big_endian = false) {
  const auto number = [&](unsigned value, unsigned width) {
    std::string bytes;
    for (unsigned i = 0; i != width; ++i) {
      const unsigned place = big_endian ? width - 1 - i : i;
      bytes += static_cast<char>(value >> 8 * place);
    }
    return bytes;
  };
  const auto entry = [&](unsigned tag, unsigned type, unsigned value) {
    return number(tag, 2) + number(type, 2) + number(1, 4) + number(value, 2) + number(0, 2);
  };
  return "Exif\0\0"s + (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) + number(2, 2) +
         entry(0x0100, 3, 640) + entry(0x0112, 3, orientation) + number(0, 4);
}

// Red, green, blue and white at the corners, as letters from the top left to the bottom right.
std::string corners(const Picture& picture) {
  std::string letters;
  for (const unsigned y : {2u, picture.size.height - 3}) {
    for (const unsigned x : {2u, picture.size.width - 3}) {
      const std::uint8_t* pixel = picture.row(y) + std::size_t{x} * 3;
      const bool red = pixel[0] > 127;
      const bool green = pixel[1] > 127;
      letters += red && green ? 'W' : red ? 'R' : green ? 'G' : 'B';
    }
  }
  return letters;
}

int corner_shade(unsigned x, unsigned y, unsigned channel) {
  const unsigned corner = (y >= 40 ? 2u : 0u) + (x >= 60 ? 1u : 0u);
  return corner == 3 || corner == channel ? 255 : 0;
}

std::string small_jpeg(bool progressive) {
  return jpeg_of({96, 64}, 3, gradient,
                 {.progressive = progressive, .exif = exif(6), .profile = std::string(300, 'p')});
}

}  // namespace

TEST_CASE("a gradient is the same gradient, smaller") {
  for (const bool progressive : {false, true}) {
    const std::string jpeg = jpeg_of(large, 3, gradient, {.progressive = progressive});
    for (const unsigned width : {64u, 200u, 333u, 600u}) {
      Thumbnails thumbnails("thumbnail", {{"width", std::to_string(width)}, {"quality", "95"}});
      const std::string thumbnail = thumbnails.of(jpeg);
      CHECK(thumbnails.of(jpeg) == thumbnail);
      const Picture seen = decoded(thumbnail);
      REQUIRE(seen.channels == 3);
      const Dimensions wanted =
          width >= 341 ? Dimensions{341, 256} : Dimensions{width, (width * 480 + 320) / 640};
      REQUIRE(seen.size == wanted);
      for (unsigned y = 0; y != seen.size.height; ++y) {
        for (unsigned x = 0; x != seen.size.width; ++x) {
          const std::uint8_t* pixel = seen.row(y) + std::size_t{x} * 3;
          const double right = 255 * (x + 0.5) / seen.size.width;
          const double down = 255 * (y + 0.5) / seen.size.height;
          if (!near(pixel[0], right, 7) || !near(pixel[1], down, 7) ||
              !near(pixel[2], 255 - right, 7)) {
            FAIL(width << ": at " << x << ", " << y << " " << int(pixel[0]) << " " << int(pixel[1])
                       << " " << int(pixel[2]));
          }
        }
      }
    }
  }
}

TEST_CASE("a fine pattern becomes its mean, and no other pattern") {
  const auto checkered = [](unsigned x, unsigned y, unsigned) { return (x + y) % 2 * 255; };
  const std::string jpeg = jpeg_of({512, 512}, 1, checkered, {.quality = 100});
  for (const char* width : {"32", "64", "128"}) {
    const Picture seen = decoded(Thumbnails("thumbnail", {{"width", width}}).of(jpeg));
    for (const std::uint8_t value : seen.pixels) REQUIRE(near(value, 127.5, 4));
  }
}

TEST_CASE("what is grey stays grey") {
  const auto grey = [](unsigned x, unsigned, unsigned) { return static_cast<int>(x / 2); };
  const Picture seen =
      decoded(Thumbnails("thumbnail", {{"width", "64"}}).of(jpeg_of({512, 100}, 1, grey)));
  REQUIRE(seen.channels == 1);
  CHECK(seen.size == Dimensions{64, 13});
  CHECK(near(seen.row(6)[32], 130, 3));
}

TEST_CASE("CMYK becomes RGB, inverted where Adobe has written it") {
  const auto inks = [](unsigned, unsigned, unsigned channel) {
    return channel == 0 ? 255 : channel == 1 ? 128 : channel == 2 ? 0 : 51;
  };
  for (const bool adobe : {false, true}) {
    for (const J_COLOR_SPACE space : {JCS_CMYK, JCS_YCCK}) {
      if (space == JCS_YCCK && !adobe) continue;  // only Adobe's marker tells that
      const std::string jpeg = jpeg_of({64, 64}, 4, inks, {.space = space, .adobe = adobe});
      const Picture seen = decoded(Thumbnails("thumbnail", {{"width", "16"}}).of(jpeg));
      REQUIRE(seen.channels == 3);
      const std::uint8_t* pixel = seen.row(8) + 24;
      const double black = adobe ? 51 : 204;
      CHECK(near(pixel[0], adobe ? black : 0, 5));
      CHECK(near(pixel[1], (adobe ? 128 : 127) * black / 255, 5));
      CHECK(near(pixel[2], adobe ? 0 : black, 5));
    }
  }
}

TEST_CASE("an image is turned as the camera was held") {
  const char* const wanted[] = {"RGBW", "RGBW", "GRWB", "WBGR", "BWRG",
                                "RBGW", "BRWG", "WGBR", "GWRB", "RGBW"};
  for (const bool big_endian : {false, true}) {
    for (unsigned orientation = 0; orientation != 10; ++orientation) {
      const std::string jpeg =
          jpeg_of({120, 80}, 3, corner_shade, {.exif = exif(orientation, big_endian)});
      const bool turned = orientation >= 5 && orientation <= 8;
      for (const unsigned width : {60u, 120u}) {  // smaller, and as it is
        Thumbnails thumbnails("thumbnail", {{"width", std::to_string(width)}, {"height", "120"}});
        const Picture seen = decoded(thumbnails.of(jpeg));
        CHECK(corners(seen) == wanted[orientation]);
        CHECK(seen.size == (turned ? Dimensions{std::min(width, 80u), width == 60 ? 90u : 120u}
                                   : Dimensions{width, width * 2 / 3}));
      }
    }
  }
}

TEST_CASE("EXIF data that is damaged says nothing") {
  const auto orientation = [](const std::string& segment) {
    return image::exif_orientation(as_bytes(segment));
  };
  CHECK(orientation(exif(6)) == 6);
  for (std::size_t size = 0; size != exif(6).size() - 8; ++size) {
    CHECK(orientation(exif(6).substr(0, size)) == 1);
  }
  CHECK(orientation("Exif\0\0II*\0\xff\xff\xff\xff"s) == 1);    // the directory is elsewhere
  CHECK(orientation("Exif\0\0II*\0\x08\0\0\0\xff\xff"s) == 1);  // it has entries that are not there
  CHECK(orientation("http://ns.adobe.com/xap/1.0/\0<x/>"s) == 1);
  std::mt19937 random(6);
  for (int i = 0; i != 10'000; ++i) {
    std::string segment = exif(8, i % 2 == 0);
    segment[random() % segment.size()] = static_cast<char>(random());
    segment[random() % segment.size()] = static_cast<char>(random());
    const unsigned value = orientation(segment);
    REQUIRE((value >= 1 && value <= 8));
  }
}

TEST_CASE("a small image is made larger only where that is wanted") {
  const std::string jpeg = jpeg_of({40, 20}, 3, corner_shade);
  CHECK(decoded(Thumbnails("thumbnail").of(jpeg)).size == Dimensions{40, 20});
  CHECK(decoded(Thumbnails("thumbnail", {{"enlarge", "true"}}).of(jpeg)).size ==
        Dimensions{256, 128});
  CHECK(decoded(Thumbnails("thumbnail", {{"width", "1"}, {"height", "1"}}).of(jpeg)).size ==
        Dimensions{1, 1});
}

TEST_CASE("a colour profile is kept") {
  const std::string profile(100'000, 'p');  // in several segments
  const std::string jpeg =
      jpeg_of({64, 64}, 3, corner_shade, {.exif = exif(6), .profile = profile});
  CHECK(decoded(Thumbnails("thumbnail", {{"width", "32"}}).of(jpeg)).profile == profile);
}

TEST_CASE("quality makes a difference") {
  const std::string jpeg = jpeg_of(large, 3, [](unsigned x, unsigned y, unsigned c) {
    return static_cast<int>(x * x + y * y + x * y * c) & 255;
  });
  CHECK(Thumbnails("thumbnail", {{"quality", "30"}}).of(jpeg).size() <
        Thumbnails("thumbnail", {{"quality", "95"}}).of(jpeg).size());
}

TEST_CASE("what is no image, or not all of one, is a failure for good with libjpeg's reason") {
  Thumbnails thumbnails("thumbnail");
  CHECK_THAT(thumbnails.damage(""), Contains("the JPEG image cannot be read: Empty input file"));
  CHECK_THAT(thumbnails.damage("plain text"), Contains("Not a JPEG file: starts with 0x70 0x6c"));
  for (const bool progressive : {false, true}) {
    const std::string jpeg = small_jpeg(progressive);
    for (std::size_t size = 0; size < jpeg.size() - 2; size += 7) {
      CHECK_THAT(thumbnails.damage(jpeg.substr(0, size)), Contains("cannot be read: "));
    }
    CHECK_THAT(thumbnails.damage(jpeg.substr(0, jpeg.size() / 2 + 300)),
               Contains("Premature end of JPEG file"));
  }
}

TEST_CASE("an image of too many pixels, or scans, is not decoded") {
  Thumbnails thumbnails("thumbnail", {{"max_pixels", "6143"}});
  CHECK_THAT(thumbnails.damage(small_jpeg(false)),
             Contains("96 x 64 = 6144 pixels, and max_pixels is 6143"));
  CHECK(
      decoded(Thumbnails("thumbnail", {{"max_pixels", "6144"}}).of(small_jpeg(false))).size.width ==
      64);

  std::string vast = small_jpeg(false);
  const std::size_t frame = vast.find("\xff\xc0");
  vast.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
  CHECK_THAT(Thumbnails("thumbnail").damage(vast), Contains("65500 x 65500 = 4290250000 pixels"));

  std::vector<jpeg_scan_info> scans{{1, {0, 0, 0, 0}, 0, 0, 0, 0}};
  for (int k = 1; k != 64; ++k) {
    for (int bit = 10; bit >= 0; --bit) {
      scans.push_back({1, {0, 0, 0, 0}, k, k, bit == 10 ? 0 : bit + 1, bit});
    }
  }
  const std::string slow =
      jpeg_of({64, 64}, 1, gradient, {.more = [&](jpeg_compress_struct& codec) {
                codec.scan_info = scans.data();
                codec.num_scans = static_cast<int>(scans.size());
              }});
  CHECK_THAT(Thumbnails("thumbnail").damage(slow), Contains("more scans than any real one"));
}

TEST_CASE("2,000 mutations of an image give a result or a clean failure") {
  for (const bool progressive : {false, true}) {
    const std::string jpeg = small_jpeg(progressive);
    Thumbnails thumbnails("thumbnail", {{"width", "20"}, {"max_pixels", "1000000"}});
    std::mt19937 random(7);
    int failures = 0;
    for (int i = 0; i != 2'000; ++i) {
      std::string bytes = jpeg;
      for (unsigned changes = 1 + random() % 4; changes != 0; --changes) {
        const std::size_t place = random() % bytes.size();
        switch (random() % 6) {
          case 0:
            bytes.resize(place + 1);
            break;
          case 1:
            bytes.insert(place, 1 + random() % 9, static_cast<char>(random()));
            break;
          case 2:
            bytes.erase(place, 1 + random() % 9);
            break;
          case 3:
            bytes[random() % std::min<std::size_t>(bytes.size(), 700)] ^= char(1 << random() % 8);
            break;
          default:
            bytes[place] = static_cast<char>(random());
            break;
        }
        if (bytes.empty()) bytes = "\xff";
      }
      thumbnails.rig.clear();
      if (thumbnails.rig.run(as_bytes(bytes))) {
        const Picture seen = decoded(as_text(thumbnails.rig.emissions().front().value()));
        REQUIRE((seen.size.width <= 20 && seen.size.height <= 256));
        continue;
      }
      ++failures;
      REQUIRE(thumbnails.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
      REQUIRE_THAT(thumbnails.rig.failure()->text, Contains("JPEG image"));
    }
    CHECK((failures > 200 && failures < 2'000));
  }
}

TEST_CASE("a thumbnail of a file has its path and its name") {
  const TemporaryFolder folder;
  const std::string jpeg = jpeg_of(large, 3, gradient);
  folder.write("photos/2024/sea.jpg", jpeg);
  Thumbnails files("thumbnail_file", {{"width", "64"}});
  REQUIRE(files.rig.run("photos/2024/sea.jpg"));
  REQUIRE(files.rig.run(Listed{"photos/2024/sea.jpg", 0}));
  for (const Rig::Emission& emission : files.rig.emissions()) {
    const Datum record = Datum::cbor(emission.value());
    CHECK(record["path"].text() == "photos/2024/sea.jpg");
    CHECK(record["name"].text() == "sea.jpg");
    CHECK(record["width"].integer() == 64);
    CHECK(record["height"].integer() == 48);
    CHECK((as_text(record["content"].bytes()) ==
           Thumbnails("thumbnail", {{"width", "64"}}).of(jpeg)));
  }
}

TEST_CASE("a file that is gone, or no image, is a failure that names it") {
  const TemporaryFolder folder;
  folder.write("half.jpg", small_jpeg(false).substr(0, 1'500));
  folder.write("empty.jpg", "");
  Thumbnails files("thumbnail_file");
  const auto check = [&](const auto& item, const char* text) {
    const Rig::Failure failure = files.failure(item);
    CHECK(failure.kind == PENSTOCK_FAIL_PERMANENT);
    CHECK_THAT(failure.text, Contains(text));
  };
  check(std::string_view("gone.jpg"), "cannot open 'gone.jpg': No such file or directory");
  check(std::string_view("half.jpg"), "'half.jpg': the JPEG image cannot be read: Premature end");
  check(std::string_view("empty.jpg"), "'empty.jpg': the JPEG image cannot be read: Empty input");
  check(Listed{".", 0}, "'.' is no regular file");
  check(std::int64_t{7}, "the item names no file");
}
