// The section of docs/COVERAGE.md with the largest error of every function in ulp.
import { markdownTable } from 'dl-conformance/markdown';
import { bounds } from './limits.js';
import { floatTypes } from './sweep.js';
import type { Figures } from './verdict.js';

/** The line before the section; `pnpm conformance --coverage` keeps everything after it. */
export const marker = '<!-- Written by pnpm sweeps --write -->';

/** An error in ulp, short. */
export const short = (ulp: number): string => {
  if (ulp === 0) return '0';
  if (ulp < 1000) return ulp < 10 ? ulp.toFixed(1) : ulp.toFixed(0);
  return ulp.toExponential(0).replace('e+', 'e');
};

/** The largest of results and of gradients; a star where results of another kind are among them. */
function cell(figures: readonly Figures[]): string {
  const worst = (some: readonly Figures[]): string => {
    const largest = short(Math.max(...some.map((f) => f.largest)));
    return some.some((f) => f.strange > 0) ? `${largest}*` : largest;
  };
  const forward = figures.filter((f) => f.pass === 'forward');
  const gradients = figures.filter((f) => f.pass !== 'forward');
  if (forward.length === 0) return '';
  return gradients.length === 0 ? worst(forward) : `${worst(forward)} / ${worst(gradients)}`;
}

function torchCell(figures: readonly Figures[]): string {
  const most = (some: readonly Figures[]): string => short(Math.max(...some.map((f) => f.torch)));
  const forward = figures.filter((f) => f.pass === 'forward');
  const gradients = figures.filter((f) => f.pass !== 'forward');
  return gradients.length === 0 ? most(forward) : `${most(forward)} / ${most(gradients)}`;
}

/** The section, from the figures of whole sweeps. */
export function section(all: readonly Figures[], about: readonly string[]): string {
  const tables = floatTypes.map((dtype) => {
    const here = all.filter((f) => f.dtype === dtype);
    const runners = [...new Set(here.map((f) => f.runner))];
    const names = [...new Set(here.map((f) => f.function))];
    const rows = names.map((name) => {
      const own = here.filter((f) => f.function === name);
      const first = own.filter((f) => f.runner === runners[0]);
      return [
        name,
        torchCell(first),
        ...runners.map((r) => cell(own.filter((f) => f.runner === r))),
      ];
    });
    const head = ['function', 'PyTorch', ...runners];
    return `### ${dtype}\n\n${markdownTable([head, ...rows])}`;
  });
  return `${marker}

## Largest errors in ulp

Every elementwise function of floating-point numbers, evaluated over the whole range of its dtypes and compared with values of
50 digits (mpmath) by \`pnpm sweeps --write\`: ${about.join('; ')}.

A cell has the largest error of the results and of the first gradients, in units in the last place (ulp) of the dtype; rounding
alone can cost 0.5. A star says that some results are of a different kind than PyTorch's: NaN instead of a number, another
infinity, a zero with the other sign. "PyTorch" is PyTorch's error at the same points, in steps of a quarter power of two; for half
types it is derived from the error in float32. An error is a failure beyond ${bounds.float32} ulp (half types: ${bounds.float16}) and twice
PyTorch's at that point; known faults are listed in \`tools/sweeps/src/faults.ts\`, accepted errors in \`accepted.ts\` beside it,
each with its reason. \`tools/sweeps/README.md\` explains the measurement. For \`cuda\` it is the arithmetic of the emulator, the
system's C library, and not a GPU's.

${tables.join('\n\n')}
`;
}
