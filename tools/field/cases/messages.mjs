// Errors whose advice leads the wrong way, or that name something the user never wrote.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ones, tensor, triu } from '@dl/core';
import { load, loadSafetensors, save, saveBytes, saveSafetensorsBytes } from '@dl/io';
import { Linear } from '@dl/nn';
import { root } from '../lib/root.mjs';
import { either, equal, refuses, refusesWithout } from '../lib/want.mjs';

const text = (s) => new TextEncoder().encode(s);
const prefixed = (prefix) =>
  Object.fromEntries(Object.entries(new Linear(2, 2).stateDict()).map(([k, v]) => [prefix + k, v]));

export default {
  'forgotten-await': {
    from: 'tfjs#2057',
    run: async ({ folder }) => {
      const layer = new Linear(2, 2);
      await save(layer.stateDict(), join(folder, 'a.pth'));
      layer.loadStateDict(load(join(folder, 'a.pth')));
    },
    want: refuses(/promise|await/i),
  },
  'load-promise': {
    from: 'tfjs#2057',
    run: async () => load(saveBytes({ a: 1 })),
    want: either(equal({ a: 1 }), refuses(/promise|await/i)),
  },
  'load-response': {
    from: 'users who write load(await fetch(url))',
    run: async () => (await load(new Response(await saveBytes({ a: 1 })))).a,
    want: either(equal(1), refuses(/Response|body|arrayBuffer/)),
  },
  'dp-prefix-hint': {
    from: 'pytorch#3805, apex#647',
    run: () => new Linear(2, 2).loadStateDict(prefixed('module.')),
    want: refuses(
      /(all|every|each).*(begin|start|prefix).*module\.|module\..*(prefix|begin|start)/is,
    ),
  },
  'whole-checkpoint-hint': {
    from: 'like pytorch#120569',
    run: () =>
      new Linear(2, 2).loadStateDict({ epoch: 3, state_dict: new Linear(2, 2).stateDict() }),
    want: refuses(/state dict is|under|inside|\['?state_dict'?\]|\.state_dict/i),
  },
  'safetensors-html': {
    from: 'bizgen#15, MagicClothing#11',
    run: () => loadSafetensors(text('<!doctype html><html>Entry not found</html>')),
    want: refuses(/HTML/i),
  },
  'safetensors-lfs-pointer': {
    from: 'airllm#137 and many more',
    run: () =>
      loadSafetensors(
        text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n'),
      ),
    want: refuses(/LFS/i),
  },
  'linear-with-integers': {
    run: () => new Linear(2, 1).forward(tensor([[1, 2]], { dtype: 'int64' })),
    want: refusesWithout(/\bb\.to\(|to\('int64'\)/, /float32/, /int64/),
  },
  'triu-names-itself': {
    run: () => triu(ones([2, 2]), { diagonal: 1 }),
    want: either(
      equal([
        [0, 1],
        [0, 0],
      ]),
      refusesWithout(/\bge\b/, /triu/),
    ),
  },
  'softmax-object-dim': {
    run: () => ones([2, 2]).softmax({ dim: 1 }),
    want: either(
      equal([
        [0.5, 0.5],
        [0.5, 0.5],
      ]),
      refusesWithout(/\[object Object\]/, /softmax/),
    ),
  },
  'dtype-alias-long': {
    run: () => tensor([1.5]).to('long').dtype,
    want: either(equal('int64'), refuses(/int64/)),
  },
  'load-of-a-safetensors-file': {
    run: () => load(saveSafetensorsBytes({ a: ones([1]) })),
    want: either(equal({ a: [1] }), refuses(/safetensors/i)),
  },
  'load-of-a-url-string': {
    run: () => load('https://example.org/model.pth'),
    want: refuses(/fetch|URL/i),
  },
  'require-where-only-import-works': {
    // What Jest in its ordinary mode and old switches of Node come to: ERR_REQUIRE_ESM on a Node that is new enough.
    run: () => {
      const script = `require(${JSON.stringify(join(root, 'packages/core/dist/index.cjs'))})`;
      const child = spawnSync(
        process.execPath,
        ['--no-experimental-require-module', '-e', script],
        { encoding: 'utf8' },
      );
      return /newer one|needs Node/.test(child.stderr) ? 'blames the version of Node' : 'does not';
    },
    want: equal('does not'),
  },
};
