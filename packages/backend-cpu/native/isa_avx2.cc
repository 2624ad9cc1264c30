// The kernels compiled for avx2.
#define VB 32
#define ISA avx2
#include "kernels.h"

const dl::Kernels* dl::avx2Kernels() { return &dl::ISA::table; }
