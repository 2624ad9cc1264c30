// Run by the tests in a process of its own: compiles a kernel, launches it on two buffers, prints the second.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const {
  source,
  grid = 1,
  block = 32,
  bytes = 128,
  free = true,
  dispose = null,
} = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const lib = process.env.DL_CUDA_LIBRARY_PATH;
const addon = require(process.env.DL_CUDA_ADDON);
const command = new Float64Array(256);
addon.setup(command, new Uint32Array(1024));
addon.openDriver([join(lib, 'libcuda.so.1')]);
addon.openNvrtc([join(lib, 'libnvrtc.so.13')]);
addon.start(0, false);
const name = /(\w+)\(/.exec(source.slice(source.indexOf('void ')))[1];
const { code } = addon.compile(source, `${name}.cu`, ['--gpu-architecture=sm_90']);
const kernel = addon.load(0, code, name);
const a = addon.upload(
  0,
  Float32Array.from({ length: bytes / 4 }, (_, i) => i),
);
const b = addon.alloc(0, bytes, true);
if (dispose !== null) addon.free(0, a);
command.set([0, kernel.handle, grid, 1, 1, block, 1, 1, 0, 2, a, b]);
addon.launch();
const out = new Float32Array(bytes / 4);
await addon.download(0, b, 0, out);
console.log(JSON.stringify([...out]));
if (free) {
  addon.free(0, a);
  addon.free(0, b);
}
