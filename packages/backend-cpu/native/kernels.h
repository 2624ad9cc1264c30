// All kernels of one instruction set, and their table.
#pragma once
#include "contract.h"
#include "fold.h"
#include "indexed.h"
#include "lines.h"
#include "map.h"
#include "reduce.h"

namespace dl {
namespace ISA {

#define DL_STRING(x) #x
#define DL_NAME(x) DL_STRING(x)

static const Kernels table = {DL_NAME(ISA), contract, loopOf, map, reduce, fold, indexed, scan, sort};

}  // namespace ISA
}  // namespace dl
