// Makes src/assets/digits.pth, the model that reads drawn digits: `pnpm --filter dl-playground train-digits`.
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here('./.cache/digits');
const program = here('../digits/dist/main.js');
const args = [program, '--hidden', '64', '--epochs', '2', '--seed', '0', '--out', out];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
copyFileSync(`${out}/model.pth`, here('./src/assets/digits.pth'));
