#include "ipc/order.hpp"

#include "catch.hpp"
#include "ipc/message.hpp"

namespace penstock::ipc {
namespace {

StageOrder sample() {
  StageOrder order;
  order.stage = 7;
  order.name = "counts";
  order.library = "/lib/libtext.so";
  order.task = "count_words";
  order.arguments = std::string("\0\1\2", 3);
  order.arrivals = {{"text", 0, false}, {"", 1, true}};
  order.keyed_outputs = {true, false};
  order.checksum = true;
  order.max_output = 1u << 30;
  order.restore = true;
  order.at_where = Where::block;
  order.at_inline = "here";
  order.at_block = {3, 4, 5, 6, 7};
  order.input_position = 11;
  order.last_epoch = 12;
  return order;
}

HelloOrder kept_hello() {
  HelloOrder hello;
  hello.home_extent = 1;
  hello.sandbox =
      SandboxOrder{false, SandboxOrder::Files::listed, {"out", "/tmp"}, {"/lib/penstock"}};
  return hello;
}

TEST_CASE("what a test has happen to items reaches the worker") {
  StageOrder order = sample();
  order.faults = {{FaultOrder::Kind::slow, "input:2", 3, 1'500'000'000},
                  {FaultOrder::Kind::crash, "right:1", 1, 0}};
  const auto back = decode_stage(encode(order)).value().faults;
  REQUIRE(back.size() == 2);
  CHECK(back[0].kind == FaultOrder::Kind::slow);
  CHECK(back[0].item == "input:2");
  CHECK(back[0].times == 3);
  CHECK(back[0].ns == 1'500'000'000);
  CHECK(back[1].kind == FaultOrder::Kind::crash);
  CHECK(back[1].item == "right:1");
  CHECK(decode_stage(encode(sample())).value().faults.empty());
}

TEST_CASE("an order arrives as it was sent") {
  const auto stage = decode_stage(encode(sample())).value();
  CHECK(stage.stage == 7);
  CHECK(stage.name == "counts");
  CHECK(stage.library == "/lib/libtext.so");
  CHECK(stage.task == "count_words");
  CHECK(stage.arguments == std::string("\0\1\2", 3));
  REQUIRE(stage.arrivals.size() == 2);
  CHECK(stage.arrivals[0].type == "text");
  CHECK(stage.arrivals[1].input == 1);
  CHECK(stage.arrivals[1].keyed);
  CHECK(stage.keyed_outputs == std::vector<bool>{true, false});
  CHECK(stage.checksum);
  CHECK(stage.max_output == 1u << 30);
  CHECK(stage.restore);
  CHECK(stage.at_where == Where::block);
  CHECK(stage.at_inline == "here");
  CHECK(stage.at_block.extent == 3);
  CHECK(stage.at_block.piece == 4);
  CHECK(stage.at_block.offset == 5);
  CHECK(stage.at_block.size == 6);
  CHECK(stage.at_block.sum == 7);
  CHECK(stage.input_position == 11);
  CHECK(stage.last_epoch == 12);

  HelloOrder plain;
  plain.home_extent = 21;
  const auto hello = decode_hello(encode(plain)).value();
  CHECK(hello.home_extent == 21);
  CHECK_FALSE(hello.sandbox);
  const auto kept = decode_hello(encode(kept_hello())).value().sandbox.value();
  CHECK_FALSE(kept.network);
  CHECK(kept.files == SandboxOrder::Files::listed);
  CHECK(kept.paths == std::vector<std::string>{"out", "/tmp"});
  CHECK(kept.plugins == std::vector<std::string>{"/lib/penstock"});
  const auto extent = decode_extent(encode(ExtentOrder{31, 32})).value();
  CHECK(extent.id == 31);
  CHECK(extent.size == 32);
}

TEST_CASE("an order that is cut off anywhere is refused") {
  const std::string stage = encode(sample());
  for (std::size_t size = 0; size < stage.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_stage(std::string_view(stage).substr(0, size)).has_error());
  }
  const std::string hello = encode(kept_hello());
  for (std::size_t size = 0; size < hello.size(); ++size) {
    CHECK(decode_hello(std::string_view(hello).substr(0, size)).has_error());
  }
  const std::string extent = encode(ExtentOrder{1, 2});
  for (std::size_t size = 0; size < extent.size(); ++size) {
    CHECK(decode_extent(std::string_view(extent).substr(0, size)).has_error());
  }
}

TEST_CASE("a length that no order can have is refused at once") {
  std::string stage = encode(sample());
  const std::string count = std::string("\3\0\0\0\0\0\0\0", 8);  // of the types
  const std::size_t at = stage.find(count);
  REQUIRE(at != std::string::npos);
  stage.replace(at, 8, 8, '\xff');
  CHECK(decode_stage(stage).has_error());
  HelloOrder hello = kept_hello();
  hello.sandbox->files = static_cast<SandboxOrder::Files>(3);
  CHECK(decode_hello(encode(hello)).has_error());
}

TEST_CASE("a descriptor holds up to 48 bytes in itself") {
  const std::byte bytes[kInlineBytes + 1] = {};
  Descriptor descriptor;
  CHECK(descriptor.set_inline(std::span(bytes).first(kInlineBytes)));
  CHECK(descriptor.inline_bytes().size() == kInlineBytes);
  CHECK_FALSE(descriptor.set_inline(bytes));
  descriptor.inline_size = kInlineBytes + 1;  // as another process may have written it
  CHECK(descriptor.inline_bytes().empty());
}

}  // namespace
}  // namespace penstock::ipc
