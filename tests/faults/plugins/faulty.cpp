// The plugin `faulty`: one task of each kind, which do as they are told in fault.hpp.
#include "fault.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace faulty {

using penstock::Emit;
using penstock::Epoch;
using penstock::Params;
using penstock::Snapshot;

// 1 to `count`, at most `step` of them a call.
struct Numbers {
  Witness witness{"numbers"};
  std::int64_t count = 0;
  std::uint64_t step = 64;
  std::int64_t next = 1;

  void params(Params& p) {
    witness.params(p);
    p.required("count", count, "how many");
    p.optional("step", step, "at most so many in one call");
  }
  void open() { witness.at("open"); }
  bool produce(std::size_t want, Emit<std::int64_t>& out) {
    witness.at("produce");
    for (std::size_t left = std::min<std::size_t>(want, step); left > 0 && next <= count; --left) {
      witness.at_item(next);
      out(next);
      ++next;
    }
    return next <= count;
  }
  Snapshot snapshot() {
    witness.at("snapshot");
    return next;
  }
  void restore(const Snapshot& from) { next = from.as<std::int64_t>(); }
  void close() { witness.at("close"); }
};

// As Numbers, but nobody can go on where it stopped.
struct Stream {
  Numbers numbers{Witness("stream")};

  void params(Params& p) { numbers.params(p); }
  bool produce(std::size_t want, Emit<std::int64_t>& out) { return numbers.produce(want, out); }
};

// The number itself, or so many `copies` of it.
struct Act {
  Witness witness{"act"};
  std::uint64_t copies = 1;
  std::string password;

  void params(Params& p) {
    witness.params(p);
    p.optional("copies", copies, "how often an item is passed on");
    p.optional("password", password, "for nobody to see", penstock::secret);
  }
  void open() { witness.at("open"); }
  void run(std::int64_t number, Emit<std::int64_t>& out) {
    witness.at_item(number);
    for (std::uint64_t i = 0; i < copies; ++i) out(number);
  }
  void close() { witness.at("close"); }
};

// After each number the sum so far, unless it is to be `silent`; at the end the sum again.
struct Sum {
  Witness witness{"sum"};
  bool silent = false;
  std::int64_t sum = 0;

  void params(Params& p) {
    witness.params(p);
    p.optional("silent", silent, "only the last sum is given");
  }
  void open() { witness.at("open"); }
  void run(std::int64_t number, Emit<std::int64_t>& out) {
    // Whoever goes on with an instance that failed gets a wrong sum.
    sum += number;
    witness.at_item(number);
    if (!silent) out(sum);
  }
  void finish(Emit<std::int64_t>& out) {
    witness.at("finish");
    out(sum);
  }
  Snapshot snapshot() {
    witness.at("snapshot");
    return sum;
  }
  void restore(const Snapshot& from) { sum = from.as<std::int64_t>(); }
  void close() { witness.at("close"); }
};

// The numbers as lines of the file `path`, which is cut back to what was committed. With
// `own_epochs` it keeps in PATH.epoch, as a data base would, which epoch that is.
struct Lines {
  struct Held {
    std::uint64_t number = 0;
    std::int64_t offset = 0;
  };

  Witness witness{"lines"};
  std::string path;
  bool own_epochs = false;
  int file = -1;
  std::string buffer;

  void params(Params& p) {
    witness.params(p);
    p.required("path", path, "file to write");
    p.optional("own_epochs", own_epochs, "keeps its epochs itself, in PATH.epoch");
  }
  Epoch open(Epoch last, const Snapshot& at) {
    witness.at("open");
    Held held{last.number, at.empty() ? 0 : at.as<std::int64_t>()};
    if (own_epochs) held = read_epoch(held);
    file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0 || ::ftruncate(file, held.offset) != 0 || ::lseek(file, 0, SEEK_END) < 0) {
      throw penstock::Permanent("'" + path + "' cannot be written");
    }
    return held.number;
  }
  void run(std::int64_t number) {
    buffer += std::to_string(number) + '\n';
    witness.at_item(number);
  }
  Snapshot commit(Epoch epoch) {
    witness.at("commit");
    const ssize_t written = ::write(file, buffer.data(), buffer.size());
    if (written != static_cast<ssize_t>(buffer.size())) throw penstock::Lack("the disk is full");
    buffer.clear();
    const Held held{epoch.number, ::lseek(file, 0, SEEK_CUR)};
    if (own_epochs) write_epoch(held);
    witness.at("committed");
    return held.offset;
  }
  void finish() { witness.at("finish"); }
  void close() { witness.at("close"); }

 private:
  Held read_epoch(Held held) const {
    const int from = ::open((path + ".epoch").c_str(), O_RDONLY | O_CLOEXEC);
    if (from < 0) return held;
    if (::read(from, &held, sizeof held) != sizeof held) throw penstock::Permanent("no epoch");
    ::close(from);
    return held;
  }
  void write_epoch(const Held& held) const {
    const std::string next = path + ".epoch.next";
    const int to = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (::write(to, &held, sizeof held) != sizeof held) throw penstock::Lack("no epoch");
    ::close(to);
    ::rename(next.c_str(), (path + ".epoch").c_str());
  }
};

// Keeps nothing, so that nothing can be lost: each number is in the ledger.
struct Ledger {
  Witness witness{"ledger"};

  void params(Params& p) { witness.params(p); }
  void run(std::int64_t number) { witness.at_item(number); }
};

// As Sum, but what it knows dies with it.
struct Forgetful {
  Witness witness{"forgetful"};
  std::int64_t sum = 0;

  void params(Params& p) { witness.params(p); }
  void open() { witness.at("open"); }
  void run(std::int64_t number, Emit<std::int64_t>&) {
    witness.at_item(number);
    sum += number;
  }
  void finish(Emit<std::int64_t>& out) { out(sum); }
};

}  // namespace faulty

PENSTOCK_PLUGIN("faulty", "1.0.0", "tasks that go wrong where they are told to") {
  plugin.source<faulty::Numbers>("numbers", "1 to count");
  plugin.source<faulty::Stream>("stream", "1 to count, once");
  plugin.transform<faulty::Act>("act", "the number itself");
  plugin.transform("gaudy", faulty::gaudy, [](std::int64_t number) { return number; });
  plugin.stateful<faulty::Sum>("sum", "the sum after each number");
  plugin.stateful<faulty::Forgetful>("forgetful", "the sum, without snapshots");
  plugin.sink<faulty::Lines>("lines", "lines of a file");
  plugin.sink<faulty::Ledger>("ledger", "the ledger alone");
}
