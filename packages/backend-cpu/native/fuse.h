// Fusion of frequent sequences of steps: less memory traffic, and divisions overlap other arithmetic.
#pragma once
#include <vector>

#include "job.h"

namespace dl {

/** A program's steps during fusion. Operands are numbered as in `Program`. */
class Fusing {
 public:
  Fusing(std::vector<Step>& steps, std::vector<int32_t>& types, std::vector<int32_t>& outputs, int leaves,
         int firstConstant, const double* constants)
      : steps_(steps), types_(types), outputs_(outputs), leaves_(leaves), first_(firstConstant), constants_(constants) {}

  void run() {
    uses_.assign(leaves_ + steps_.size(), 0);
    for (const Step& s : steps_) {
      uses_[s.a]++;
      if (s.b != s.a) uses_[s.b]++;
      if (s.c != s.a && s.c != s.b) uses_[s.c]++;
    }
    for (int32_t o : outputs_) uses_[o]++;
    bool any = false;
    for (Step& s : steps_) any = fuse(s) || any;
    if (any) sweep();
  }

 private:
  /** The step that produces an operand, if it has this primitive in float32 and no other use. */
  const Step* only(int operand, Op op) const {
    if (operand < leaves_ || uses_[operand] != 1) return nullptr;
    const Step& s = steps_[operand - leaves_];
    return s.op == op && s.argType == F32 ? &s : nullptr;
  }

  bool is(int operand, double value) const {
    return operand >= first_ && operand < leaves_ && types_[operand] == F32 &&
           static_cast<float>(constants_[operand - first_]) == static_cast<float>(value);
  }

  /** The other operand of a step with two operands of which one is this number, or -1. */
  int beside(const Step* s, double value) const {
    if (s == nullptr) return -1;
    return is(s->b, value) ? s->a : is(s->a, value) ? s->b : -1;
  }

  static bool become(Step& s, Op op, int a, int b) {
    s.op = op;
    s.a = s.c = a;
    s.b = b;
    return true;
  }

  bool fuse(Step& s) const {
    if (s.argType != F32) return false;
    switch (s.op) {
      case EXP:  // e^(x - y)
        if (const Step* difference = only(s.a, SUB)) return become(s, EXPSUB, difference->a, difference->b);
        return false;
      case DIV: {  // y / (e^-x + 1)
        const Step* power = only(beside(only(s.b, ADD), 1), EXP);
        const Step* negative = power != nullptr ? only(power->a, NEG) : nullptr;
        return negative != nullptr && become(s, LOGISTIC, negative->a, s.a);
      }
      case MUL: return gelu(s, s.a, s.b) || gelu(s, s.b, s.a);
      default: return false;
    }
  }

  /** x · Φ(x) */
  bool gelu(Step& s, int x, int rest) const {
    const Step* below = only(rest, NDTR);
    return below != nullptr && below->a == x && become(s, GELU, x, x);
  }

  /** Removes steps whose results are not used. */
  void sweep() {
    const int n = static_cast<int>(steps_.size());
    std::vector<bool> read(leaves_ + n, false);
    for (int32_t o : outputs_) read[o] = true;
    for (int i = n - 1; i >= 0; i--) {
      if (!read[leaves_ + i]) continue;
      for (int32_t a : {steps_[i].a, steps_[i].b, steps_[i].c}) read[a] = true;
    }
    std::vector<int32_t> number(leaves_ + n);
    for (int i = 0; i < leaves_; i++) number[i] = i;
    int next = 0;
    for (int i = 0; i < n; i++) {
      if (!read[leaves_ + i]) continue;
      Step s = steps_[i];
      s.a = number[s.a];
      s.b = number[s.b];
      s.c = number[s.c];
      number[leaves_ + i] = leaves_ + next;
      types_[leaves_ + next] = s.type;
      steps_[next++] = s;
    }
    steps_.resize(next);
    types_.resize(leaves_ + next);
    for (int32_t& o : outputs_) o = number[o];
  }

  std::vector<Step>& steps_;
  std::vector<int32_t>& types_;
  std::vector<int32_t>& outputs_;
  const int leaves_;
  const int first_;
  const double* constants_;
  std::vector<int> uses_;
};

}  // namespace dl
