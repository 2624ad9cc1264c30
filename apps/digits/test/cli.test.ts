// The command line: what is understood, and what is said to everything else.
import { describe, expect, it } from 'vitest';
import { defaults, helpText, parseArguments, UsageError } from '../src/cli.js';

const parse = (line: string) => parseArguments(line.split(' ').filter((word) => word !== ''));

describe('the command line', () => {
  it('may be empty', () => {
    expect(parse('')).toEqual(defaults);
  });

  it('takes every option', () => {
    expect(
      parse(
        '--epochs 2 --batch-size 32 --lr 1e-3 --momentum 0 --hidden 32,16,8 --seed 7 --device cuda --limit 100 --out a/b --data c --resume d.pth',
      ),
    ).toEqual({
      epochs: 2,
      batchSize: 32,
      lr: 0.001,
      momentum: 0,
      hidden: [32, 16, 8],
      seed: 7,
      device: 'cuda',
      limit: 100,
      out: 'a/b',
      resume: 'd.pth',
      data: 'c',
    });
  });

  it('takes values after an equals sign too', () => {
    expect(parse('--epochs=2 --out=a=b --lr=.5')).toMatchObject({ epochs: 2, out: 'a=b', lr: 0.5 });
  });

  it('leaves the defaults as they are', () => {
    const before = structuredClone(defaults);
    parse('--epochs 9 --hidden 3');
    expect(defaults).toEqual(before);
  });

  it.each([
    ['--epochs 0', "--epochs: '0' is not allowed; it must be an integer from 1 to 1000"],
    ['--epochs 1.5', "--epochs: '1.5' is not allowed; it must be an integer from 1 to 1000"],
    ['--epochs 0x10', "--epochs: '0x10' is not allowed"],
    ['--epochs -3', "--epochs: '-3' is not allowed"],
    ['--epochs=', "--epochs: '' is not allowed"],
    ['--epochs NaN', "--epochs: 'NaN' is not allowed"],
    ['--batch-size many', "--batch-size: 'many' is not allowed; it must be an integer from 1"],
    ['--lr 0', "--lr: '0' is not allowed; it must be a positive number"],
    ['--lr -0.1', "--lr: '-0.1' is not allowed"],
    ['--lr 1e999', "--lr: '1e999' is not allowed"],
    ['--lr Infinity', "--lr: 'Infinity' is not allowed"],
    [
      '--momentum 1',
      "--momentum: '1' is not allowed; it must be a number of at least 0 and less than 1",
    ],
    ['--hidden 256,,128', "--hidden: '256,,128' is not allowed; it must be one to eight integers"],
    ['--hidden 0', "--hidden: '0' is not allowed"],
    ['--hidden 1,1,1,1,1,1,1,1,1', 'is not allowed; it must be one to eight'],
    ['--seed -1', "--seed: '-1' is not allowed; it must be an integer from 0 to"],
    ['--seed 9007199254740993', "--seed: '9007199254740993' is not allowed"],
    ['--limit 60001', "--limit: '60001' is not allowed; it must be an integer from 1 to 60000"],
    ['--device=', "--device: '' is not allowed; it must be the name of a device"],
    ['--out=', "--out: '' is not allowed; it must be the path of a folder"],
    ['--epochs', '--epochs needs a value: an integer from 1 to 1000'],
    ['--out --lr 1', '--out needs a value: the path of a folder'],
    ['--epochs 1 --epochs 2', '--epochs is given twice'],
    ['--batchSize 3', 'unknown option --batchSize; allowed: --epochs, --batch-size, --lr'],
    ['--constructor 3', 'unknown option --constructor'],
    ['-e 3', 'unknown option -e'],
    ['3', "unexpected argument '3'; allowed: --epochs"],
  ])('refuses %s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError);
    expect(() => parse(line)).toThrow(message);
  });

  it('has a help that names every option and its default', () => {
    for (const line of ['--help', '-h', '--epochs 3 --help', '--epochs nonsense --help']) {
      expect(parse(line)).toBe('help');
    }
    const text = helpText();
    for (const name of Object.keys(defaults)) {
      expect(text).toContain(`--${name.replace('batchSize', 'batch-size')} `);
    }
    expect(text).toContain(`(${defaults.lr})`);
    expect(text).toContain('(256,128)');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(120);
  });
});
