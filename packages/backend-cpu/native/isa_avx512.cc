// The kernels compiled for avx512.
#define VB 64
#define ISA avx512
#include "kernels.h"

const dl::Kernels* dl::avx512Kernels() { return &dl::ISA::table; }
