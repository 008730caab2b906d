#include <penstock/testing.hpp>

#include <random>

#include "catch.hpp"
#include "compress/gunzip.hpp"
#include "compress/gzip.hpp"
#include "compress/unzstd.hpp"
#include "compress/zstd.hpp"

using namespace penstock;
using Catch::Matchers::Contains;

namespace {

struct Codec {
  Plugin plugin;
  Rig rig;

  explicit Codec(std::string_view task, const Rig::Settings& settings = {})
      : rig(registered(), task, settings) {
    REQUIRE(rig.open());
  }

  std::string run(std::string_view item) {
    rig.clear();
    REQUIRE(rig.run(as_bytes(item)));
    REQUIRE(rig.emissions().size() == 1);
    return std::string(as_text(rig.emissions().front().value()));
  }

  std::string failure(std::string_view item) {
    rig.clear();
    CHECK_FALSE(rig.run(as_bytes(item)));
    CHECK(rig.emissions().empty());
    if (!rig.failure()) return {};
    CHECK(rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
    return rig.failure()->text;
  }

 private:
  Plugin& registered() {
    using namespace compress;
    plugin.transform<Gzip>("gzip", "");
    plugin.transform<Gunzip>("gunzip", "");
    plugin.transform<Zstd>("zstd", "");
    plugin.transform<Unzstd>("unzstd", "");
    return plugin;
  }
};

struct Pair {
  const char* pack;
  const char* unpack;
};
constexpr Pair formats[] = {{"gzip", "gunzip"}, {"zstd", "unzstd"}};

// Text that compresses as text does.
std::string prose(std::size_t size) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < size)
    text += "word" + std::to_string(random() % 1000) + "\n ,"[random() % 3];
  text.resize(size);
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937 random(2);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// Something that a disk, a network or an enemy might have done to the bytes.
std::string mutated(std::string bytes, std::mt19937& random) {
  const auto place = [&] { return random() % (bytes.size() + 1); };
  for (unsigned changes = 1 + random() % 4; changes != 0; --changes) {
    switch (random() % 5) {
      case 0:
        bytes.resize(place());
        break;
      case 1:
        bytes.insert(place(), std::string(1 + random() % 8, static_cast<char>(random())));
        break;
      case 2:
        bytes.erase(place(), 1 + random() % 8);
        break;
      default:
        if (!bytes.empty()) bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("what was compressed comes back") {
  for (const auto& [pack, unpack] : formats) {
    Codec packer(pack);
    Codec unpacker(unpack);
    for (const std::string& content :
         {std::string(), std::string("x"), std::string(3, '\0'), prose(100'000), noise(100'000),
          prose(5 << 20), std::string(20 << 20, 'x')}) {
      const std::string packed = packer.run(content);
      CHECK(packer.run(content) == packed);
      CHECK((unpacker.run(packed) == content));
    }
  }
}

TEST_CASE("text is compressed like bytes") {
  Codec packer("gzip");
  REQUIRE(packer.rig.run("some text"));
  CHECK(Codec("gunzip").run(as_text(packer.rig.emissions().front().value())) == "some text");
}

TEST_CASE("a gzip member has neither name nor time") {
  const std::string empty("\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20);
  CHECK(Codec("gzip").run("") == empty);
  CHECK(Codec("gzip", {{"level", "9"}}).run("")[8] == 2);  // as gzip says it: smallest, fastest
  CHECK(Codec("gzip", {{"level", "1"}}).run("")[8] == 4);
}

TEST_CASE("levels make a difference") {
  const std::string content = prose(1 << 20);
  CHECK(Codec("gzip", {{"level", "9"}}).run(content).size() <
        Codec("gzip", {{"level", "1"}}).run(content).size());
  CHECK(Codec("zstd", {{"level", "19"}}).run(content).size() <
        Codec("zstd", {{"level", "1"}}).run(content).size());
}

TEST_CASE("several members or frames, one behind the other, are one content") {
  for (const auto& [pack, unpack] : formats) {
    Codec packer(pack);
    std::string packed;
    std::string content;
    for (const std::size_t size : {0u, 10u, 300'000u, 0u, 1u, 5'000u}) {
      packed += packer.run(prose(size));
      content += prose(size);
    }
    CHECK((Codec(unpack).run(packed) == content));
  }
}

TEST_CASE("what is decompressed is written straight into the block that is handed on") {
  for (const auto& [pack, unpack] : formats) {
    Codec unpacker(unpack);
    unpacker.run(Codec(pack).run(prose(300'000)));
    CHECK(unpacker.rig.emissions().front().way == Rig::Way::loaned);
  }
}

TEST_CASE("zeros behind the last gzip member are left aside, anything else is a failure") {
  const std::string member = Codec("gzip").run("content");
  Codec unpacker("gunzip");
  CHECK(unpacker.run(member + std::string(512, '\0')) == "content");
  const std::string at = " at byte " + std::to_string(member.size());
  CHECK_THAT(unpacker.failure(member + "more of it"),
             Contains("behind a gzip member follows something else" + at));
  CHECK_THAT(unpacker.failure(member + std::string(4, '\0') + "x"),
             Contains("follows something else" + at));
}

TEST_CASE("skippable zstd frames are left aside, what is no frame is a failure") {
  const std::string frame = Codec("zstd").run("content");
  const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  Codec unpacker("unzstd");
  CHECK(unpacker.run(skippable + frame + skippable) == "content");
  CHECK_THAT(unpacker.failure(frame + "more of it"),
             Contains("behind a zstd frame follows something else at byte " +
                      std::to_string(frame.size())));
}

TEST_CASE("what is cut off anywhere is a failure that says where") {
  for (const auto& [pack, unpack] : formats) {
    const std::string packed = Codec(pack).run(prose(2'000));
    Codec unpacker(unpack);
    for (std::size_t size = 0; size != packed.size(); ++size) {
      const std::string text = unpacker.failure(packed.substr(0, size));
      if (size == 0 && std::string_view(pack) == "zstd") {
        CHECK_THAT(text, Contains("it is empty"));
      } else {
        CHECK_THAT(text, Contains("is cut off: it ends at byte " + std::to_string(size)));
      }
    }
  }
}

TEST_CASE("damage is a failure that says where") {
  std::string member = Codec("gzip").run(noise(1'000));
  member[member.size() - 8] ^= 1;
  CHECK_THAT(Codec("gunzip").failure(member),
             Contains("the gzip data is damaged at byte ") && Contains("incorrect data check"));
  CHECK_THAT(Codec("gunzip").failure("plain text"),
             Contains("this is no gzip data: incorrect header check"));

  const std::string first = Codec("zstd").run("first");
  std::string second = Codec("zstd").run(noise(1'000));
  second.back() ^= 1;
  CHECK_THAT(Codec("unzstd").failure(first + second),
             Contains("the zstd frame at byte " + std::to_string(first.size()) + " is damaged: "));
  CHECK_THAT(Codec("unzstd").failure("plain text"), Contains("this is no zstd data: "));
}

TEST_CASE("content beyond max_size is a failure, content up to it is not") {
  for (const auto& [pack, unpack] : formats) {
    const std::string bomb = Codec(pack).run(std::string(8 << 20, '\0'));
    CHECK_THAT(Codec(unpack, {{"max_size", "1MiB"}}).failure(bomb),
               Contains("the content comes to more than 1MiB; max_size can be set higher"));
    CHECK_THAT(Codec(unpack, {{"max_size", "8388607"}}).failure(bomb), Contains("max_size"));
    CHECK(Codec(unpack, {{"max_size", "8MiB"}}).run(bomb).size() == 8 << 20);
    CHECK_THAT(Codec(unpack, {{"max_size", "15"}}).failure(Codec(pack).run(std::string(16, 'x'))),
               Contains("more than 15"));
  }
}

TEST_CASE("a size that the data claims is not believed") {
  std::string member = Codec("gzip").run("short");
  member.replace(member.size() - 4, 4, "\xff\xff\xff\xff");
  CHECK_THAT(Codec("gunzip").failure(member), Contains("incorrect length check"));

  // A frame of zstd that says it has 4 EiB, or 1 GiB, and has three bytes.
  for (const char* size : {"\0\0\0\0\0\0\0\x40", "\0\0\0\x40\0\0\0\0"}) {
    const std::string frame = std::string("\x28\xb5\x2f\xfd\xe0", 5) + std::string(size, 8) +
                              std::string("\x19\0\0abc", 6);
    CHECK_FALSE(Codec("unzstd").failure(frame).empty());
  }
}

TEST_CASE("a failure leaves nothing behind for the next item") {
  for (const auto& [pack, unpack] : formats) {
    const std::string packed = Codec(pack).run(prose(50'000));
    Codec unpacker(unpack);
    unpacker.failure(packed.substr(0, packed.size() / 2));
    CHECK((unpacker.run(packed) == prose(50'000)));
  }
}

TEST_CASE("a call that shall end stops in the middle of a large item") {
  const std::string content = noise(5 << 20);
  Codec packer("gzip");
  const std::string packed = packer.run(content);
  Codec unpacker("gunzip");
  for (auto& [codec, item] : {std::pair(&packer, &content), std::pair(&unpacker, &packed)}) {
    codec->rig.cancel();
    CHECK_FALSE(codec->rig.run(as_bytes(*item)));
    CHECK(codec->rig.failure()->kind == PENSTOCK_FAIL_TRANSIENT);
  }
}

TEST_CASE("2,000 mutations of compressed data give a result or a clean failure") {
  for (const auto& [pack, unpack] : formats) {
    Codec packer(pack);
    const std::string packed = packer.run(prose(3'000)) + packer.run(noise(200));
    Codec unpacker(unpack, {{"max_size", "4MiB"}});
    std::mt19937 random(3);
    int failures = 0;
    for (int i = 0; i != 2'000; ++i) {
      unpacker.rig.clear();
      if (unpacker.rig.run(as_bytes(mutated(packed, random)))) {
        REQUIRE(unpacker.rig.emissions().size() == 1);
        continue;
      }
      ++failures;
      REQUIRE(unpacker.rig.failure()->kind == PENSTOCK_FAIL_PERMANENT);
      REQUIRE_FALSE(unpacker.rig.failure()->text.empty());
    }
    CHECK(failures > 1'900);  // each member and frame has a checksum
  }
}
