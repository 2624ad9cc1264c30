import { webgpu } from '@dl/backend-webgpu';
import { manualSeed, scope, tensor } from '@dl/core';
import { mseLoss } from '@dl/losses';
import { Linear } from '@dl/nn';
import { SGD } from '@dl/optim';

const reason = await webgpu.unavailable();
if (reason === null) await webgpu.init();
const device = reason === null ? 'webgpu' : 'cpu';
console.log(reason === null ? 'on webgpu' : `on cpu: ${reason}`);

manualSeed(0);
const x = tensor([[0], [1], [2], [3]]).to(device);
const y = x.mul(2).add(1);
const net = new Linear(1, 1).to(device);
const optimizer = new SGD(net.parameters(), { lr: 0.1 });
for (let step = 0; step < 60; step++) {
  scope(() => {
    optimizer.zeroGrad();
    mseLoss(net.forward(x), y).backward();
    optimizer.step();
  });
}
const result = await net.forward(tensor([[10]]).to(device)).cpu();
console.log(String(result.detach()));
if (device === 'webgpu') console.log('bytes in use:', webgpu.memory().live);
