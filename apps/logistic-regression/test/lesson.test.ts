// The lesson, run as a user runs it: its printed lines are PyTorch's.
import { firstMissing, runLesson } from 'dl-lessons/run';
import { expect, test } from 'vitest';
import golden from './golden.json' with { type: 'json' };

test('prints what PyTorch prints', async () => {
  const run = await runLesson('logistic-regression');
  expect(run.errors).toBe('');
  expect(run.code).toBe(0);
  expect(firstMissing(golden, run.lines)).toBe(null);
  expect(Object.keys(run.files).sort()).toEqual(['logistic-regression.svg']);
  for (const svg of Object.values(run.files)) {
    expect(svg).toMatch(/^<\?xml[^>]*>\n<svg [^>]*xmlns=/);
    // Every figure has a heading, and both axes say what they show.
    expect(svg).toContain('font-weight="600"');
    expect(svg.match(/[↑→↓]/g)?.length).toBeGreaterThanOrEqual(2);
    expect(svg).not.toMatch(/NaN|undefined/);
  }
});
