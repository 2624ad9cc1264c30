// In the page: our own rows on device webgpu.
import { webgpu } from '@dl/backend-webgpu';
import { expose } from '../../peers/web_counts.mjs';
import { webRows } from './rows.js';

Object.assign(globalThis, {
  open_dl: async () => {
    const { vendor, architecture } = await webgpu.init();
    expose('dl', {
      label: 'dl',
      adapter: `${vendor} ${architecture}`,
      rows: Object.fromEntries(webRows.map((row) => [row.name, () => row.make('webgpu')])),
      done: () => webgpu.synchronize(),
    });
  },
});
