// How a task gives values on: `out(value)`, `out(value, key)`, `out.to("rejects")(value)`, and of a
// task that takes several items at once `out.of(index)(value)`. A view that lies in the input of
// the call, or in a loaned block, is passed on without a copy; anything else is copied before the
// call returns. Belongs to the call. Beyond the stage's max_output the call fails.
#pragma once

#include <penstock/context.hpp>
#include <penstock/wire.hpp>

namespace penstock PENSTOCK_HIDDEN {

template <class T>
class PENSTOCK_TYPE Emit {
 public:
  using Value = T;
  using Argument = typename sdk::WireArgument<T>::type;

  explicit Emit(Context& context, std::uint32_t output = 0, std::size_t item = PENSTOCK_ALL_ITEMS)
      : context_(&context), item_(item), output_(output) {}

  void operator()(Argument value) const { send(value, {}); }

  // Items of one key go to one instance where a stage is partitioned.
  void operator()(Argument value, std::string_view key) const { send(value, as_bytes(key)); }
  template <std::integral Key>
  void operator()(Argument value, Key key) const {
    const auto number = static_cast<std::int64_t>(key);
    send(value, std::as_bytes(std::span(&number, 1)));
  }

  // The output of that name, which the task has declared with values of type U.
  template <class U = T>
  Emit<U> to(std::string_view name) const {
    const auto& outputs = context_->outputs_;
    for (std::size_t i = 0; i != outputs.size(); ++i) {
      if (outputs[i].name != name) continue;
      if (outputs[i].tag != &sdk::type_tag<U> && outputs[i].type != sdk::Wire<U>::type()) {
        throw std::logic_error("output '" + std::string(name) + "' takes " + outputs[i].type +
                               ", not " + sdk::Wire<U>::type());
      }
      return Emit<U>(*context_, static_cast<std::uint32_t>(i), item_);
    }
    throw std::logic_error("the task declares no output '" + std::string(name) +
                           "'; add .output<Type>(\"" + std::string(name) +
                           "\", \"about\") where it is registered");
  }

  // For what is made from that one of the call's items: it is in that item's account and has its
  // place in the order. A value without is made from all of them together. Throws
  // std::out_of_range.
  Emit of(std::size_t item) const {
    context_->checked(item);
    return Emit(*context_, output_, item);
  }

 private:
  void send(Argument value, Bytes key) const {
    sdk::Wire<T>::encode(value, context_->scratch_,
                         [&](Bytes bytes) { context_->emit(output_, bytes, key, item_); });
  }

  Context* context_;
  std::size_t item_;
  std::uint32_t output_;
};

}  // namespace penstock
