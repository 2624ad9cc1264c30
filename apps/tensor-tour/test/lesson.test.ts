// The lesson, run as a user runs it: its printed lines are PyTorch's.
import { firstMissing, runLesson } from 'dl-lessons/run';
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

  // Devices are this machine's: what is there goes there and back, what is not names the fix.
  const told = run.lines.slice(run.lines.indexOf('# Devices')).join('\n');
  expect(told).toMatch(/^cuda\.isAvailable\(\) = (true|false)\ncuda\.deviceCount\(\) = \d+$/m);
  expect(told).toContain('npm i @dl/backend-cuda, then `await cuda.init()`');
  const trips = told.match(/^(cuda|await webgpu)\.isAvailable\(\) = true$/gm)?.length ?? 0;
  expect(told.match(/use \(await x\.cpu\(\)\)\.toArray\(\)$/gm)?.length ?? 0).toBe(trips);
  expect(told.match(/^await there.* = tensor\(\[\[ 2\., 18\.,/gm)?.length ?? 0).toBe(trips);
});
