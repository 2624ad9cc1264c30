// Coverage summed by package, and what falls short.

/** The packages that are measured, and the test files (parts of paths) that each is measured by. */
export const covered = {
  core: ['packages/core/', ...['complete', 'suite', 'memory'].map(inSuite)],
  nn: ['packages/nn/'],
  optim: ['packages/optim/'],
  losses: ['packages/losses/'],
  io: ['packages/io/'],
  data: ['packages/data/'],
};

function inSuite(name) {
  return `tools/conformance/test/${name}.test.ts`;
}

/** Lines that must be covered, in percent. */
const wanted = { core: 95, nn: 95, optim: 95, losses: 95, io: 95 };

/** From pairs of a file below `packages` and its summary: percentages by package. */
export function coverageByPackage(files) {
  const sums = {};
  for (const [file, entry] of files) {
    const name = /^packages\/([^/]+)\//.exec(file)?.[1];
    if (!name) continue;
    sums[name] ??= { lines: [0, 0], branches: [0, 0] };
    for (const kind of ['lines', 'branches']) {
      sums[name][kind][0] += entry[kind].covered;
      sums[name][kind][1] += entry[kind].total;
    }
  }
  const percent = ([covered, total]) => (total === 0 ? 100 : (100 * covered) / total);
  return Object.fromEntries(
    Object.entries(sums).map(([name, { lines, branches }]) => [
      name,
      { lines: percent(lines), branches: percent(branches) },
    ]),
  );
}

/** A sentence for each of these packages with too few lines covered, or with none at all reported. */
export function shortfalls(found, names = Object.keys(wanted)) {
  return Object.entries(wanted)
    .filter(([name, least]) => names.includes(name) && !(found[name]?.lines >= least))
    .map(
      ([name, least]) =>
        `@dl/${name}: ${found[name]?.lines.toFixed(1) ?? 0} % of the lines are covered, ${least} % must be; see coverage/${name}/index.html.`,
    );
}
