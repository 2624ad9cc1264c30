// The used parts of the binary interfaces of the driver, NVRTC and cuBLAS, declared here so that building needs no CUDA
// header. Names and numbers are those of the public headers of CUDA 12 and 13.
#pragma once
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define DL_API __stdcall
#else
#define DL_API
#endif

namespace dl {

typedef int CUresult;
typedef int CUdevice;
typedef unsigned long long CUdeviceptr;
typedef struct CUctx_st* CUcontext;
typedef struct CUmod_st* CUmodule;
typedef struct CUfunc_st* CUfunction;
typedef struct CUstream_st* CUstream;
typedef struct CUevent_st* CUevent;

enum : CUresult {
  CU_SUCCESS = 0,
  CU_INVALID_VALUE = 1,
  CU_OUT_OF_MEMORY = 2,
  CU_DEINITIALIZED = 4,
  CU_STUB_LIBRARY = 34,
  CU_NO_DEVICE = 100,
  CU_ECC_UNCORRECTABLE = 214,
  CU_NVLINK_UNCORRECTABLE = 220,
  CU_CONTAINED = 226,
  CU_NOT_READY = 600,
  CU_ILLEGAL_ADDRESS = 700,
  CU_LAUNCH_TIMEOUT = 702,
  CU_CONTEXT_IS_DESTROYED = 709,
  CU_ASSERT = 710,
  CU_HARDWARE_STACK_ERROR = 714,
  CU_ILLEGAL_INSTRUCTION = 715,
  CU_MISALIGNED_ADDRESS = 716,
  CU_INVALID_ADDRESS_SPACE = 717,
  CU_INVALID_PC = 718,
  CU_LAUNCH_FAILED = 719,
  CU_TENSOR_MEMORY_LEAK = 721,
};

enum : int {
  CU_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 1,
  CU_ATTRIBUTE_MAX_GRID_DIM_X = 5,
  CU_ATTRIBUTE_MAX_GRID_DIM_Y = 6,
  CU_ATTRIBUTE_MAX_GRID_DIM_Z = 7,
  CU_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK = 8,
  CU_ATTRIBUTE_WARP_SIZE = 10,
  CU_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
  CU_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR = 39,
  CU_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75,
  CU_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76,
};

enum : int {
  CU_FUNC_SHARED_SIZE_BYTES = 1,
  CU_FUNC_LOCAL_SIZE_BYTES = 3,
  CU_FUNC_NUM_REGS = 4,
  CU_FUNC_MAX_THREADS_PER_BLOCK = 0,
};

constexpr unsigned CU_STREAM_NON_BLOCKING_FLAG = 1;
constexpr unsigned CU_EVENT_BLOCKING_SYNC_FLAG = 1;
constexpr unsigned CU_EVENT_DISABLE_TIMING_FLAG = 2;
constexpr unsigned CU_MEMHOSTALLOC_PORTABLE_FLAG = 1;

typedef int nvrtcResult;
typedef struct _nvrtcProgram* nvrtcProgram;
constexpr nvrtcResult NVRTC_COMPILATION = 6;

typedef int cublasStatus_t;
typedef struct cublasContext* cublasHandle_t;
enum : int { CUBLAS_OP_N_CODE = 0, CUBLAS_OP_T_CODE = 1 };
enum : int { CUBLAS_DEFAULT_MATH_MODE = 0, CUBLAS_TF32_MATH_MODE = 3 };

// Name in the library, then the function's own type: X(field, symbol, result, arguments).
#define DL_DRIVER_FUNCTIONS(X)                                                                        \
  X(Init, "cuInit", CUresult, (unsigned))                                                             \
  X(DriverGetVersion, "cuDriverGetVersion", CUresult, (int*))                                         \
  X(GetErrorName, "cuGetErrorName", CUresult, (CUresult, const char**))                               \
  X(GetErrorString, "cuGetErrorString", CUresult, (CUresult, const char**))                           \
  X(DeviceGetCount, "cuDeviceGetCount", CUresult, (int*))                                             \
  X(DeviceGet, "cuDeviceGet", CUresult, (CUdevice*, int))                                             \
  X(DeviceGetName, "cuDeviceGetName", CUresult, (char*, int, CUdevice))                               \
  X(DeviceGetAttribute, "cuDeviceGetAttribute", CUresult, (int*, int, CUdevice))                      \
  X(DeviceTotalMem, "cuDeviceTotalMem_v2", CUresult, (size_t*, CUdevice))                             \
  X(DevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain", CUresult, (CUcontext*, CUdevice))             \
  X(DevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2", CUresult, (CUdevice))                    \
  X(CtxSetCurrent, "cuCtxSetCurrent", CUresult, (CUcontext))                                          \
  X(StreamCreate, "cuStreamCreate", CUresult, (CUstream*, unsigned))                                  \
  X(StreamSynchronize, "cuStreamSynchronize", CUresult, (CUstream))                                   \
  X(StreamDestroy, "cuStreamDestroy_v2", CUresult, (CUstream))                                        \
  X(EventCreate, "cuEventCreate", CUresult, (CUevent*, unsigned))                                     \
  X(EventDestroy, "cuEventDestroy_v2", CUresult, (CUevent))                                           \
  X(EventRecord, "cuEventRecord", CUresult, (CUevent, CUstream))                                      \
  X(EventQuery, "cuEventQuery", CUresult, (CUevent))                                                  \
  X(EventSynchronize, "cuEventSynchronize", CUresult, (CUevent))                                      \
  X(MemAlloc, "cuMemAlloc_v2", CUresult, (CUdeviceptr*, size_t))                                      \
  X(MemFree, "cuMemFree_v2", CUresult, (CUdeviceptr))                                                 \
  X(MemGetInfo, "cuMemGetInfo_v2", CUresult, (size_t*, size_t*))                                      \
  X(MemHostAlloc, "cuMemHostAlloc", CUresult, (void**, size_t, unsigned))                             \
  X(MemFreeHost, "cuMemFreeHost", CUresult, (void*))                                                  \
  X(MemcpyHtoDAsync, "cuMemcpyHtoDAsync_v2", CUresult, (CUdeviceptr, const void*, size_t, CUstream))  \
  X(MemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2", CUresult, (void*, CUdeviceptr, size_t, CUstream))        \
  X(MemcpyDtoDAsync, "cuMemcpyDtoDAsync_v2", CUresult, (CUdeviceptr, CUdeviceptr, size_t, CUstream))  \
  X(MemsetD8Async, "cuMemsetD8Async", CUresult, (CUdeviceptr, unsigned char, size_t, CUstream))       \
  X(ModuleLoadData, "cuModuleLoadData", CUresult, (CUmodule*, const void*))                           \
  X(ModuleUnload, "cuModuleUnload", CUresult, (CUmodule))                                             \
  X(ModuleGetFunction, "cuModuleGetFunction", CUresult, (CUfunction*, CUmodule, const char*))         \
  X(FuncGetAttribute, "cuFuncGetAttribute", CUresult, (int*, int, CUfunction))                        \
  X(LaunchKernel, "cuLaunchKernel", CUresult,                                                         \
    (CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream,      \
     void**, void**))

#define DL_NVRTC_FUNCTIONS(X)                                                                         \
  X(Version, "nvrtcVersion", nvrtcResult, (int*, int*))                                               \
  X(GetErrorString, "nvrtcGetErrorString", const char*, (nvrtcResult))                                \
  X(GetNumSupportedArchs, "nvrtcGetNumSupportedArchs", nvrtcResult, (int*))                           \
  X(GetSupportedArchs, "nvrtcGetSupportedArchs", nvrtcResult, (int*))                                 \
  X(CreateProgram, "nvrtcCreateProgram", nvrtcResult,                                                 \
    (nvrtcProgram*, const char*, const char*, int, const char* const*, const char* const*))           \
  X(DestroyProgram, "nvrtcDestroyProgram", nvrtcResult, (nvrtcProgram*))                              \
  X(CompileProgram, "nvrtcCompileProgram", nvrtcResult, (nvrtcProgram, int, const char* const*))      \
  X(GetProgramLogSize, "nvrtcGetProgramLogSize", nvrtcResult, (nvrtcProgram, size_t*))                \
  X(GetProgramLog, "nvrtcGetProgramLog", nvrtcResult, (nvrtcProgram, char*))                          \
  X(GetCUBINSize, "nvrtcGetCUBINSize", nvrtcResult, (nvrtcProgram, size_t*))                          \
  X(GetCUBIN, "nvrtcGetCUBIN", nvrtcResult, (nvrtcProgram, char*))                                    \
  X(GetPTXSize, "nvrtcGetPTXSize", nvrtcResult, (nvrtcProgram, size_t*))                              \
  X(GetPTX, "nvrtcGetPTX", nvrtcResult, (nvrtcProgram, char*))

#define DL_BLAS_FUNCTIONS(X)                                                                          \
  X(GetProperty, "cublasGetProperty", cublasStatus_t, (int, int*))                                    \
  X(Create, "cublasCreate_v2", cublasStatus_t, (cublasHandle_t*))                                     \
  X(Destroy, "cublasDestroy_v2", cublasStatus_t, (cublasHandle_t))                                    \
  X(SetStream, "cublasSetStream_v2", cublasStatus_t, (cublasHandle_t, CUstream))                      \
  X(SetMathMode, "cublasSetMathMode", cublasStatus_t, (cublasHandle_t, int))                          \
  X(SgemmStridedBatched, "cublasSgemmStridedBatched", cublasStatus_t,                                 \
    (cublasHandle_t, int, int, int, int, int, const float*, const float*, int, long long,             \
     const float*, int, long long, const float*, float*, int, long long, int))                        \
  X(DgemmStridedBatched, "cublasDgemmStridedBatched", cublasStatus_t,                                 \
    (cublasHandle_t, int, int, int, int, int, const double*, const double*, int, long long,           \
     const double*, int, long long, const double*, double*, int, long long, int))

}  // namespace dl
