// The kernels compiled for portable.
#define VB 16
#define ISA portable
#include "kernels.h"

const dl::Kernels* dl::portableKernels() { return &dl::ISA::table; }
