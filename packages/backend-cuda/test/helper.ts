// Shared helpers of the tests: the addon, built if needed; a missing one is a failure.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../scripts/build-native.mjs', import.meta.url));
const built = spawnSync(process.execPath, [script, '--required'], { encoding: 'utf8' });
if (built.status !== 0) throw new Error(`the addon was not built: ${built.stdout}${built.stderr}`);
