// What a server has answered, as it passes on: a record {url, final_url, status, headers, seconds,
// body}. It is written as one CBOR item with the body at its end, so that the body of a large
// response is received where it will lie: in a loaned block, which is handed on as it is. A short
// one is gathered in memory of its own and copied once. Bytes emitted are good until the next
// begin().
#pragma once

#include <penstock/plugin.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penstock::http {

// The fields before the body.
struct Head {
  std::string url;
  std::string final_url;
  long status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
};

struct Record {
  Bytes encoded;
};

class Response {
 public:
  explicit Response(Context& context, std::vector<std::byte>& own);

  // `length` is that of the body, if it is known.
  void begin(const Head& head, std::optional<std::uint64_t> length);
  bool begun() const { return !block_.empty(); }
  void add(std::span<const std::byte> bytes);
  std::uint64_t body_size() const { return filled_ - body_; }

  // Nothing more comes.
  Record end(double seconds);

 private:
  void make_room(std::size_t more);

  Context* context_;
  std::vector<std::byte>* own_;
  std::span<std::byte> block_;
  std::size_t seconds_ = 0;  // where each of them begins
  std::size_t length_ = 0;
  std::size_t body_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace penstock::http

namespace penstock::sdk {

template <>
struct Wire<http::Record> {
  static std::string type() {
    return "record{url:text,final_url:text,status:int,headers:map<text>,seconds:float,body:bytes}";
  }
  template <class Send>
  static void encode(const http::Record& record, std::string&, Send send) {
    send(record.encoded);
  }
};

}  // namespace penstock::sdk
