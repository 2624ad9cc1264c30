// All kernels of one instruction set, and their table.
#pragma once
#include "contract.h"
#include "map.h"
#include "reduce.h"

namespace dl {
namespace ISA {

#define DL_STRING(x) #x
#define DL_NAME(x) DL_STRING(x)

static bool noIndexed(IndexedJob& j, bool) { j.badSize = -1; return false; }
static bool noLines(const LineJob&) { return false; }
static const Kernels table = {DL_NAME(ISA), contract, loopOf, map, reduce, noIndexed, noLines, noLines};

}  // namespace ISA
}  // namespace dl
