// The lessons that become notebooks.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cellsOf, notebookOf } from './notebook.js';

/** A lesson's notebook: where it belongs, and what is in it. */
export interface LessonNotebook {
  readonly name: string;
  readonly folder: string;
  readonly file: string;
  readonly text: string;
}

/** The notebooks of all lessons below a repository's `apps`. */
export function lessonNotebooks(root: string): LessonNotebook[] {
  const apps = join(root, 'apps');
  return readdirSync(apps).flatMap((name) => {
    const folder = join(apps, name);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof manifest.lesson !== 'string') return [];
    // A lesson of many files has a short form for its notebook.
    const short = join(folder, 'src/notebook.ts');
    const program = existsSync(short) ? short : join(folder, 'src/main.ts');
    const title = name.replaceAll('-', ' ').replace(/^./, (c) => c.toUpperCase());
    const text = notebookOf(cellsOf(readFileSync(program, 'utf8'), title));
    return [{ name, folder, file: join(folder, `${name}.ipynb`), text }];
  });
}
