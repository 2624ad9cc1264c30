// Compiled programs of one environment: decoded from the output of src/encode.ts, and checked.
#pragma once
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "fuse.h"

namespace dl {

class ProgramStore {
 public:
  ~ProgramStore() {
    for (Program* p : programs_) {
      free(p->types);
      free(p->constant);
      free(p->step);
      free(p->output);
      free(p->direct);
      delete p;
    }
  }

  /** Number of a new program, or -1 if its code is invalid or has a step without a native loop. */
  int64_t add(const int32_t* code, size_t length, const double* constants, size_t count, const Kernels* kernels) {
    if (length < 5) return -1;
    const int inputs = code[0], params = code[1], consts = code[2], outputs = code[4];
    int steps = code[3];
    if (inputs < 0 || params < 0 || consts < 0 || steps < 0 || outputs < 1 || inputs + outputs > MAX_OPERANDS ||
        params > 64 || consts > 1024 || steps > 1024 || static_cast<size_t>(consts) != count) {
      return -1;
    }
    const int leaves = inputs + params + consts;
    if (length != static_cast<size_t>(5 + leaves + steps * 6 + outputs)) return -1;
    const int32_t* at = code + 5;
    std::vector<int32_t> types(at, at + leaves);
    at += leaves;
    std::vector<Step> list;
    for (int i = 0; i < steps; i++, at += 6) {
      Step s{at[0], at[1], at[2], at[3], at[4], at[5], 0, nullptr};
      for (int32_t a : {s.a, s.b, s.c}) {
        if (a < 0 || a >= leaves + i) return -1;
      }
      types.push_back(s.type);
      list.push_back(s);
    }
    for (int32_t t : types) {
      if (t < F32 || t > BOOL) return -1;
    }
    std::vector<int32_t> out(at, at + outputs);
    for (int32_t o : out) {
      if (o < 0 || o >= leaves + steps) return -1;
    }
    Fusing(list, types, out, leaves, inputs + params, constants).run();
    steps = static_cast<int>(list.size());
    std::vector<int> lastUse(steps, -1);
    for (int i = 0; i < steps; i++) {
      for (int32_t a : {list[i].a, list[i].b, list[i].c}) {
        if (a >= leaves) lastUse[a - leaves] = i;
      }
    }
    for (int32_t o : out) {
      if (o >= leaves) lastUse[o - leaves] = steps;
    }
    for (Step& s : list) {
      s.loop = kernels->loop(s.op, s.type, s.argType);
      if (s.loop == nullptr) return -1;
    }
    // A step may write an output's memory in place if no later step reads the inputs.
    int lastRead = -1;
    for (int i = 0; i < steps; i++) {
      const Step& s = list[i];
      if (s.a < inputs || s.b < inputs || s.c < inputs) lastRead = i;
    }
    for (int32_t o : out) {
      if (o < inputs) lastRead = steps;
    }
    std::vector<int32_t> direct(outputs, -1);
    std::vector<bool> taken(steps, false);
    for (int k = 0; k < outputs; k++) {
      const int s = out[k] - leaves;
      if (s >= 0 && s >= lastRead && !taken[s]) {
        direct[k] = s;
        taken[s] = true;
      }
    }
    // Registers: a slot is free again after its result's last use.
    std::vector<int> free;
    int slots = 0;
    for (int i = 0; i < steps; i++) {
      if (free.empty()) list[i].to = slots++;
      else {
        list[i].to = free.back();
        free.pop_back();
      }
      for (int j = 0; j <= i; j++) {
        if (lastUse[j] == i || (j == i && lastUse[i] < 0)) {
          free.push_back(list[j].to);
          lastUse[j] = steps + 1;
        }
      }
    }
    Program* p = new Program();
    p->inputs = inputs;
    p->params = params;
    p->constants = consts;
    p->steps = steps;
    p->outputs = outputs;
    p->types = copy(types);
    p->constant = copy(std::vector<double>(constants, constants + consts));
    p->step = copy(list);
    p->output = copy(out);
    p->direct = copy(direct);
    p->slots = slots;
    // All registers together stay in the L1 cache.
    p->block = steps == 0 ? 8192 : 1024;
    while (steps > 0 && p->block > 128 && p->block * 4 * (slots + 1) > 24 * 1024) p->block /= 2;
    p->isa = kernels;
    programs_.push_back(p);
    return static_cast<int64_t>(programs_.size()) - 1;
  }

  const Program* get(int64_t id, const Kernels* kernels) {
    if (id < 0 || id >= static_cast<int64_t>(programs_.size())) return nullptr;
    Program* p = programs_[id];
    if (p->isa != kernels) {
      for (int i = 0; i < p->steps; i++) {
        Step& s = p->step[i];
        s.loop = kernels->loop(s.op, s.type, s.argType);
      }
      p->isa = kernels;
    }
    return p;
  }

 private:
  template <class T>
  static T* copy(const std::vector<T>& from) {
    T* to = static_cast<T*>(malloc((from.size() + 1) * sizeof(T)));
    if (to == nullptr) throw std::bad_alloc();
    if (!from.empty()) memcpy(to, from.data(), from.size() * sizeof(T));
    return to;
  }

  std::vector<Program*> programs_;
};

}  // namespace dl
