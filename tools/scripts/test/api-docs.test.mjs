// The pages of the programming interface: what is undocumented, what pages are called, and what the first page links to.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { nameDocuments, undocumented } from '../lib/api-docs.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { readme, projectDocuments, entryPoints } = JSON.parse(
  readFileSync(join(root, 'typedoc.json'), 'utf8'),
);
const commented = { comment: { summary: [{ text: 'Does it.' }] } };

it('names exports and methods without a comment, but not inherited ones', () => {
  const method = { signatures: [{}] };
  const children = [
    { name: 'f', ...commented },
    { name: 'g' },
    {
      name: 'A',
      ...commented,
      children: [
        { name: 'a', signatures: [commented] },
        { name: 'b', ...method },
        { name: 'c', ...method, inheritedFrom: {} },
        { name: 'toString', ...method },
      ],
    },
  ];
  const project = { children: [{ name: '@dl/x', children }] };
  for (const child of children) Object.assign(child, { getTargetReflection: () => child });
  for (const child of children[2].children) {
    Object.assign(child, { getTargetReflection: () => child });
  }
  expect(undocumented(project)).toEqual(['@dl/x: A.b', '@dl/x: g']);
});

it('names pages by their headings', () => {
  const documents = [{ name: 'README', content: [{ text: '\n# A tour\n\ntext' }] }];
  nameDocuments({ documents });
  expect(documents[0].name).toBe('A tour');
});

it('opens with a page that links to every page of the guide and every lesson, and names every package', () => {
  const text = readFileSync(join(root, readme), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) =>
    join(dirname(readme), target),
  );
  expect(links.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  const guide = readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`);
  const lessons = readdirSync(join(root, 'apps'))
    .filter((name) => existsSync(join(root, 'apps', name, 'package.json')))
    .filter(
      (name) => JSON.parse(readFileSync(join(root, 'apps', name, 'package.json'), 'utf8')).lesson,
    )
    .map((name) => `apps/${name}/README.md`);
  expect([...links].sort()).toEqual([...guide, ...lessons].sort());
  // Those are pages of the site, which its search finds.
  const [, names = ''] = /apps\/\{(.*)\}/.exec(projectDocuments.join(' ')) ?? [];
  expect(
    names
      .split(',')
      .map((name) => `apps/${name}/README.md`)
      .sort(),
  ).toEqual(lessons.sort());
  for (const name of entryPoints.filter((entry) => !entry.includes('*'))) {
    expect(text).toContain(name.replace('packages/', '`@dl/'));
  }
});
