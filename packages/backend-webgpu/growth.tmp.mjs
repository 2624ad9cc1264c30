import * as core from '@dl/core';
import { webgpu } from './dist/index.js';
const { provideAdapter } = await import('../../tools/software-gpu/dist/index.js'); provideAdapter(); await webgpu.init();
const x = core.ones([8]).to('webgpu'); const yields = process.argv[2] === 'yield'; const n = +(process.argv[3] ?? 60000);
const rss = () => (process.memoryUsage.rss() / 2**20).toFixed(0);
const t = performance.now();
for (let i = 0; i <= n; i++) { x.add(1); if (i % (n/6) === 0) console.log(i, rss(), 'MB', JSON.stringify(core.memory().webgpu), ((performance.now()-t)/1000).toFixed(1)); if (yields && i % 1000 === 0) await new Promise((r) => setImmediate(r)); }
