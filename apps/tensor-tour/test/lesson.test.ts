// The lesson, run as a user runs it: its printed lines are PyTorch's.
import { firstMissing, runLesson } from 'dl-lesson-test';
import { expect, test } from 'vitest';
import golden from './golden.json' with { type: 'json' };

test('prints what PyTorch prints', async () => {
  const run = await runLesson('tensor-tour');
  // Dawn warns where the system has no Vulkan.
  expect(run.errors.replace(/^Warning: Couldn't load Vulkan.*\n(?:(?: {4}at .*)?\n)*/gm, '')).toBe(
    '',
  );
  expect(run.code).toBe(0);
  expect(firstMissing(golden, run.lines)).toBe(null);
});
