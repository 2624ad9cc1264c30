// What PyTorch has and this library leaves out, with the reason.

/** A reason, in both languages of the guide. */
export interface Reason {
  readonly en: string;
  readonly zh: string;
}

interface LeftOut {
  readonly names: RegExp;
  readonly why: Reason;
}

const complex = { en: 'complex numbers are not supported', zh: '不支持复数' };

/** By PyTorch's full name; the first that matches says why. */
export const leftOut: readonly LeftOut[] = [
  { names: /^torch\.fft\b/, why: complex },
  {
    names:
      /\.(complex|polar|angle|imag|(?<!constraints\.)real|conj|conj_physical_?|is_conj|is_neg|resolve_conj|resolve_neg|view_as_complex|view_as_real|cdouble|cfloat|chalf|i?stft)$/,
    why: complex,
  },
  {
    names: /^torch\.linalg\.eig(vals)?$/,
    why: {
      en: 'complex results are not supported: use eigh for symmetric matrices',
      zh: '不支持复数结果：对称矩阵请用 eigh',
    },
  },
  {
    names:
      /sparse|coalesce|\.(dense_dim|hspmm|smm|sspaddmm|to_dense|c[or]+[lw]_indices)$|^torch\.Tensor\.(indices|values)$|SparseAdam/,
    why: { en: 'sparse tensors are not supported', zh: '不支持稀疏张量' },
  },
  {
    names: /quantize|\.(q_\w+|qscheme|int_repr)$/,
    why: { en: 'quantized tensors are not supported', zh: '不支持量化张量' },
  },
  {
    names: /to_padded_tensor|nested/,
    why: { en: 'nested tensors are not supported', zh: '不支持嵌套张量' },
  },
  {
    names: /mkldnn|cudnn|miopen|\.(xpu|ipu|mtia|is_(xla|xpu|ipu|mps|meta))$/,
    why: { en: 'there is no such device here', zh: '没有这种设备' },
  },
  {
    names: /airy|bessel|chebyshev|hermite|laguerre|legendre/,
    why: {
      en: 'polynomials, Bessel and Airy functions are not supported',
      zh: '不支持正交多项式、贝塞尔函数和艾里函数',
    },
  },
  {
    names: /\.(lu|lu_solve|lu_unpack|geqrf|orgqr|ormqr|triangular_solve)$(?<!linalg\.\w+)/,
    why: {
      en: 'an old alias in PyTorch: use `@dl/linalg`',
      zh: 'PyTorch 的旧别名：请用 `@dl/linalg`',
    },
  },
  {
    names: /nn\.utils\.(remove_)?(weight_norm|spectral_norm)$|\.clip_grad_norm$/,
    why: {
      en: 'deprecated in PyTorch: see `parametrizations` and `clipGradNorm_`',
      zh: '在 PyTorch 中已弃用：见 `parametrizations` 和 `clipGradNorm_`',
    },
  },
  {
    names: /DataPipe|datapipe|DataChunk|non_deterministic|argument_validation|runtime_validation/,
    why: { en: 'data pipes are deprecated in PyTorch', zh: '数据管道在 PyTorch 中已弃用' },
  },
  {
    names:
      /Script|torch\.(Sym\w+|sym_\w+|parse_\w+|import_ir\w*|merge_type\w*|unify_type_list|fork|wait|while_loop|cond)$|\.(compile|functionalize|debug_unwrap)$/,
    why: { en: "belongs to PyTorch's compiler", zh: '属于 PyTorch 的编译器' },
  },
  {
    names:
      /\.(AcceleratorError|AggregationType|DispatchKey|Event|Stream|Tag|OutOfMemoryError|GradScaler|autocast|record_stream)$/,
    why: { en: 'streams and mixed precision are not supported', zh: '不支持流和混合精度' },
  },
  {
    names: /dlpack|\.(pin_memory|is_pinned|share_memory_?|data_ptr|const_data_ptr|from_file)$/,
    why: {
      en: "memory is JavaScript's: toTransferable() shares it",
      zh: '内存由 JavaScript 管理：共享请用 toTransferable()',
    },
  },
  { names: /DataParallel/, why: { en: 'deprecated in PyTorch', zh: '在 PyTorch 中已弃用' } },
  {
    names:
      /_DatasetKind|boolean_dispatch|has_torch_function|as_subclass|memory_format|conv_tbc|grouped_mm|scaled_mm|unsafe_|native_channel|hash_tensor/,
    why: { en: 'internal in PyTorch', zh: 'PyTorch 的内部接口' },
  },
];
