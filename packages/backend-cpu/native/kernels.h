// All kernels of one instruction set, and their table.
#pragma once
#include "contract.h"

namespace dl {
namespace ISA {

#define DL_STRING(x) #x
#define DL_NAME(x) DL_STRING(x)

static const Kernels table = {DL_NAME(ISA), contract, [](int, int, int) -> Loop { return nullptr; }, nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace ISA
}  // namespace dl
