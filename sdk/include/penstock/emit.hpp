// How a task gives values on: `out(value)`, `out(value, key)`, `out.to("rejects")(value)`. A view
// that lies in the input of the call, or in a loaned block, is passed on without a copy; anything
// else is copied before the call returns. Belongs to the call. Beyond the stage's max_output the
// call fails.
#pragma once

#include <penstock/context.hpp>
#include <penstock/wire.hpp>

namespace penstock PENSTOCK_HIDDEN {

template <class T>
class PENSTOCK_TYPE Emit {
 public:
  using Value = T;
  using Argument = typename sdk::WireArgument<T>::type;

  explicit Emit(Context& context, std::uint32_t output = 0) : context_(&context), output_(output) {}

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
      return Emit<U>(*context_, static_cast<std::uint32_t>(i));
    }
    throw std::logic_error("the task declares no output '" + std::string(name) +
                           "'; add .output<Type>(\"" + std::string(name) +
                           "\", \"about\") where it is registered");
  }

 private:
  void send(Argument value, Bytes key) const {
    sdk::Wire<T>::encode(value, context_->scratch_,
                         [&](Bytes bytes) { context_->emit(output_, bytes, key); });
  }

  Context* context_;
  std::uint32_t output_;
};

}  // namespace penstock
