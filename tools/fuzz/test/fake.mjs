// Stands in for a judge: a program's seed says whether it answers, crashes or hangs.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ ready: 'fake' });
console.log('a library writes to stdout too');
for await (const line of createInterface({ input: process.stdin })) {
  const { id, seed } = JSON.parse(line);
  if (seed === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (seed === 'half a line') {
    writeSync(1, `{"id":${id},"outcome":{"registers"`);
    process.kill(process.pid, 'SIGSEGV');
  }
  if (seed === 'hang') await new Promise((done) => setTimeout(done, 60_000));
  const errors =
    seed === 'spoil' ? { 0: { kind: 'DeviceError', message: 'refused by the device' } } : {};
  say({ id, outcome: { registers: {}, errors, shares: [[String(process.pid)]] } });
}
