import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { toText } from '@weightkit/viz/terminal';
import { afterAll, describe, expect, it } from 'vitest';
import { helpOf, parseCommand } from '../src/command.ts';
import type { Lesson, Values } from '../src/lesson.ts';
import { terminal } from '../src/terminal.ts';
import { textTable } from '../src/text-table.ts';
import { type Params, toy } from './toy.ts';

const parse = (line: string) => parseCommand<Params>(toy, line === '' ? [] : line.split(' '));
const initial: Params = { start: 'zeros', rate: 0.5, steps: 4, shuffle: false };

describe('parseCommand', () => {
  it('parseCommand(lesson, argv) reads parameters, negative numbers and flags, and the backend and folder', () => {
    expect(parse('')).toEqual({ values: initial, backend: 'auto', out: undefined, pictures: undefined });
    expect(parse('--rate=-1 --steps 0 --shuffle --start random --backend cpu --out x')).toEqual({
      values: { start: 'random', rate: -1, steps: 0, shuffle: true },
      backend: 'cpu',
      out: 'x',
    });
    expect(parse('--shuffle false')!.values.shuffle).toBe(false);
    expect(parse('--steps 3 --help')).toBeUndefined();
  });

  it.each([
    ['--steps many', 'toy: steps must be an integer from 0 to 1000, got "many"'],
    ['--backend webgl', 'toy: --backend must be one of auto, node, wasm, cpu, got "webgl"'],
    ['--out=', 'toy: --out must name a folder, got ""'],
    ['--speed 3', "toy: Unknown option '--speed'"],
    ['steps', "toy: Unexpected argument 'steps'"],
    ['--steps', "toy: Option '--steps <value>' argument missing; --help lists the parameters"],
  ])('parseCommand refuses %s', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });

  it('takes --pictures for lessons that run on any, and for no other', () => {
    const own = { ...toy, pictures: true } as const;
    expect(parseCommand<Params>(own, ['--pictures', 'a/folder'])).toMatchObject({ pictures: 'a/folder' });
    expect(helpOf(own as unknown as Lesson)).toContain('--pictures');
    expect(helpOf(toy as unknown as Lesson)).not.toContain('--pictures');
    expect(() => parse('--pictures a')).toThrow("toy: Unknown option '--pictures'");
    expect(() => parseCommand<Params>(own, ['--pictures='])).toThrow('--pictures must name a file or a folder, got ""');
  });

  it('helpOf(lesson) lists every parameter with label, range and default', () => {
    const help = helpOf(toy as unknown as Lesson);
    expect(help).toContain('--start     Start: one of zeros, random (default zeros).');
    expect(help).toContain('--rate      Rate: a number from -1 to 1 (default 0.5). A step.');
    expect(help).toContain('--shuffle   Shuffle: true or false (default false).');
    for (const name of ['--steps', '--backend', '--out', '--help']) expect(help).toContain(name);
  });
});

describe('terminal', () => {
  const lessons = { toy: toy as unknown as Lesson<Values, unknown> };
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  async function print(argv: string[], signal?: AbortSignal): Promise<string> {
    const stream = new PassThrough();
    await terminal(lessons, argv, { stream, ...(signal && { signal }) });
    return String(stream.read());
  }

  it('terminal(lessons, []) lists the lessons, and --help a lesson’s parameters', async () => {
    expect(await print([])).toContain('  toy   A toy');
    expect(await print(['toy', '--help'])).toContain('--rate');
    await expect(print(['tio'])).rejects.toThrow('lesson: name must be one of toy, got "tio"');
  });

  it('terminal(lessons, [name, ...]) prints sentences and the main figure, and writes figures and a report', async () => {
    const out = await mkdtemp(join(tmpdir(), 'weightkit-lesson-'));
    folders.push(out);
    const text = await print(['toy', '--steps', '30', '--backend', 'cpu', '--out', out]);
    // The first test digit of MNIST is a 7; 30 halves make 15.
    expect(text).toContain('The sum is 22.');
    expect(text).toContain('A toy, backend cpu: start zeros, rate 0.5, steps 30, shuffle false');
    expect(text).toContain(
      `\n${toText(toy.figures({ sums: Array.from({ length: 31 }, (_, i) => 7 + i / 2) }, initial).sum!)}\n`,
    );
    expect((await readdir(out)).sort()).toEqual(['report.html', 'sum.svg']);
    expect(await readFile(join(out, 'sum.svg'), 'utf8')).toMatch(/^<svg /);
    const report = await readFile(join(out, 'report.html'), 'utf8');
    for (const part of ['The sum is 22.', 'Backend: cpu', 'CC BY-SA 3.0']) expect(report).toContain(part);
    expect(await print(['toy', '--steps', '30', '--backend', 'cpu', '--out', out])).toContain('The sum is 22.');
    expect(await readFile(join(out, 'report.html'), 'utf8')).toBe(report);
  });

  it('terminal stops when asked to, and writes nothing', async () => {
    const out = await mkdtemp(join(tmpdir(), 'weightkit-lesson-'));
    folders.push(out);
    await expect(print(['toy', '--backend', 'cpu', '--out', out], AbortSignal.abort())).rejects.toThrow(/abort/i);
    expect(await readdir(out)).toEqual([]);
  });
});

describe('textTable', () => {
  it('textTable(columns, rows) puts the first column to the left and the others to the right', () => {
    const rows = [
      ['a', '1.25'],
      ['longer', '3'],
    ];
    expect(textTable(['name', 'x'], rows).split('\n')).toEqual([
      'name        x',
      '─────────────',
      'a        1.25',
      'longer      3',
    ]);
  });
});
