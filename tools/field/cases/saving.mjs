// What saving and loading do to the place they are given.
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensor } from '@dl/core';
import { load, save } from '@dl/io';
import { equal, refuses } from '../lib/want.mjs';

export default {
  'save-through-a-link': {
    needs: ['posix'],
    run: async ({ folder }) => {
      const target = join(folder, 'epoch3.pth');
      const link = join(folder, 'latest.pth');
      await save({ a: tensor([1]) }, target);
      symlinkSync('epoch3.pth', link);
      await save({ a: tensor([2]) }, link);
      return [lstatSync(link).isSymbolicLink(), (await load(target)).a];
    },
    want: equal([true, [2]]),
  },
  'save-keeps-the-mode': {
    needs: ['posix'],
    run: async ({ folder }) => {
      const file = join(folder, 'private.pth');
      writeFileSync(file, '', { mode: 0o600 });
      chmodSync(file, 0o600);
      await save({ a: tensor([1]) }, file);
      return (statSync(file).mode & 0o777).toString(8);
    },
    want: equal('600'),
  },
  'save-onto-a-pipe': {
    needs: ['posix'],
    limit: 10,
    run: async ({ folder }) => {
      const pipe = join(folder, 'pipe');
      spawnSync('mkfifo', [pipe]);
      try {
        await Promise.race([
          save({ a: tensor([1]) }, pipe),
          new Promise((done) => setTimeout(done, 3000)),
        ]);
      } catch (error) {
        if (!lstatSync(pipe).isFIFO()) return 'refused, and the pipe is gone';
        throw error;
      }
      return lstatSync(pipe).isFIFO() ? 'still a pipe' : 'the pipe was replaced by a file';
    },
    want: refuses(/regular file|not a file|pipe|special/i),
  },
  'load-of-a-pipe': {
    needs: ['posix'],
    limit: 10,
    run: async ({ folder }) => {
      const pipe = join(folder, 'pipe');
      spawnSync('mkfifo', [pipe]);
      return Promise.race([
        load(pipe),
        new Promise((done) => setTimeout(() => done('waits'), 3000)),
      ]);
    },
    want: refuses(/regular file|not a file|pipe|special/i),
  },
};
