// The numbers of one field in one group: their sum, exact whatever order they come in, and the
// least and greatest. Ints stay ints; one float among them makes the sum a float.
#pragma once

#include <penstock/datum.hpp>

#include "table/exact_sum.hpp"

namespace penstock::table {

class Tally {
 public:
  // A number: an int, or a float that is neither infinite nor NaN.
  static bool takes(const Datum& value);
  void add(const Datum& number);

  // Of what was added, which is something.
  void write_sum(CborWriter& out) const;
  void write_mean(CborWriter& out, std::uint64_t count) const;
  void write_min(CborWriter& out) const { min_.write(out); }
  void write_max(CborWriter& out) const { max_.write(out); }

  void write(CborWriter& out) const;  // all of it, for read()
  void read(CborReader& in);          // throws Malformed

 private:
  __extension__ using Wide = __int128;

  struct Number {
    bool real = false;
    Integer integer;
    double value = 0;

    static Number of(const Datum& datum);
    bool operator<(const Number& other) const;
    void write(CborWriter& out) const;
  };

  ExactSum total() const;

  bool empty_ = true;
  bool real_ = false;  // a float was among them
  Wide integers_ = 0;
  ExactSum reals_;
  Number min_;
  Number max_;
};

}  // namespace penstock::table
