// What the conformance suite imports as a backend to collect CUDA's sources: numbers come from the CPU.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Registers the recording device; at the end the sources are written to the folder that is named. */
export async function init(multiprocessors) {
  const folder = process.env.DL_CUDA_SOURCES;
  const require = createRequire(join(process.cwd(), 'packages/backend-cuda/package.json'));
  const { record } = await import(
    require.resolve('@dl/backend-cuda/recorder').replace('.cjs', '.js')
  );
  const { sources } = record(multiprocessors);
  process.on('exit', () => {
    mkdirSync(folder, { recursive: true });
    for (const { key, name, source } of sources.values()) {
      const hash = createHash('sha256').update(source).digest('hex').slice(0, 12);
      writeFileSync(join(folder, `${name}-${hash}.cu`), `// ${key}\n${source}`);
    }
  });
  return { device: 'cuda', records: folder };
}
