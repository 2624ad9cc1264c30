// Names that are written in another way here, as expressions.

/** By PyTorch's full name: what to write. */
export const otherForms: Readonly<Record<string, string>> = {
  'torch.from_numpy': 'fromTypedArray(array, shape)',
  'torch.frombuffer': 'fromTypedArray(new Float32Array(buffer), shape)',
  'torch.set_printoptions': 'setPrintOptions(options)',
  'torch.numel': 'x.numel()',
  'torch.typename': 'x.dtype',
  'torch.compiled_with_cxx11_abi': 'none is needed',
  'torch.set_num_interop_threads': 'init({ threads })',
  'torch.Tensor.T': 'x.t()',
  'torch.Tensor.mT': 'x.transpose(-2, -1)',
  'torch.Tensor.H': 'x.t()',
  'torch.Tensor.mH': 'x.transpose(-2, -1)',
  'torch.Tensor.cuda': "x.to('cuda')",
  'torch.Tensor.get_device': 'x.device',
  'torch.Tensor.is_cpu': "x.device === 'cpu'",
  'torch.Tensor.is_cuda': "x.device.startsWith('cuda')",
  'torch.Tensor.numpy': 'x.data()',
  'torch.Tensor.storage': 'x.data()',
  'torch.Tensor.untyped_storage': 'x.data().buffer',
  'torch.nn.Module.cuda': "module.to('cuda')",
  'torch.nn.Module.xpu': 'module.to(device)',
  'torch.autograd.Variable': 'tensor(data, { requiresGrad: true })',
};
