import { it } from 'vitest';
import { mkdirSync } from 'node:fs';
it('x', async () => { mkdirSync('dist', { recursive: true }); process.argv.push('--points', 'dist/points'); await import('../src/main.js'); });
