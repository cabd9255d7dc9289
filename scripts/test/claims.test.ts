import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fillNormal, magnitudeMask, randomKey } from '@weightkit/numerics';
import { expect, it } from 'vitest';
import { root } from '../lib/root.mjs';

/** A document on one line, as a reader reads it. */
const textOf = (path: string) => readFileSync(join(root, path), 'utf8').replaceAll(/\s+/g, ' ');

// In tenths: versions of zlib differ by less.
it('a million pruned weights compress as the README and the page of pruning say', () => {
  const weights = fillNormal(new Float32Array(1e6), randomKey(0));
  const mask = magnitudeMask(weights, 200_000);
  const pruned = weights.map((weight, i) => (mask[i] ? weight : 0));
  const mega = (values: Float32Array) => (gzipSync(Buffer.from(values.buffer)).length / 1e6).toFixed(1);
  expect(pruned.filter((weight) => weight === 0)).toHaveLength(800_000);
  const says = `from 4.0 MB to ${mega(weights)} MB, and with 80 % of them pruned by magnitude to ${mega(pruned)} MB`;
  for (const path of ['packages/pruning/README.md', 'website/docs/start/pruning.md'])
    expect(textOf(path).includes(says), `${path}: ${says}`).toBe(true);
});

it('the bins of lesson 10 hold as many entries as the page says', () => {
  // 100 bins from -0.7 to 0.7; a layer of n inputs starts within 1 / sqrt(n).
  const perBin = (inputs: number, units: number) => (inputs * units * 0.014) / (2 / Math.sqrt(inputs));
  const page = textOf('lessons/weights-during-learning/lesson.mdx');
  const first = Math.round(perBin(784, 64) / 100) * 100;
  const last = Math.round(perBin(32, 10));
  const says = [
    `the first kernel has ${first.toLocaleString('en-US')} entries per bin of ±0.7, the last one has ${last}`,
    `a count of ${last} has a standard error of ${Math.sqrt(last).toFixed(1)}`,
  ];
  for (const sentence of says) expect(page.includes(sentence), sentence).toBe(true);
});

it('the table of networks pruned at once says what it is there for, whoever measures it again', () => {
  const table = textOf('benchmarks/ONE-SHOT.md');
  const rows = readFileSync(join(root, 'benchmarks/ONE-SHOT.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .map((line) => line.split('|').slice(1, -1));
  // SparseGPT changes what layers add up least, Wanda less than magnitude, at half of the entries and at 2:4, in both layers.
  const errors = (name: string) =>
    rows
      .find(([first]) => first!.trim() === name)!
      .slice(4)
      .map((cell) => cell.split(',').map(Number));
  for (const name of ['50 %', '2:4']) {
    const [magnitude, wanda, sparseGpt] = errors(name);
    for (const layer of [0, 1]) {
      expect(sparseGpt![layer], name).toBeLessThan(wanda![layer]!);
      expect(wanda![layer], name).toBeLessThan(magnitude![layer]!);
    }
  }
  // With the same networks, where magnitude loses five points, SparseGPT names more digits in each of the five; by chance that is 1 in 32.
  // The page says that Wanda does not.
  const differences = (sentence: RegExp) => sentence.exec(table)![1]!.split(', ').map(Number);
  const sparseGpt = differences(/SparseGPT names more by [^(]*\(([^)]*)\) points/);
  expect(sparseGpt).toHaveLength(5);
  expect(Math.min(...sparseGpt)).toBeGreaterThan(0);
  expect(Math.max(...differences(/Wanda by [^(]*\(([^)]*)\);/))).toBeLessThan(0);
});

it('the table of stretched networks says that uint8 breaks them and that three repairs together bring 98 % back', () => {
  const rows = new Map(
    readFileSync(join(root, 'benchmarks/REPAIR.md'), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [name, ...numbers] = line.split('|').slice(1, -1);
        return numbers.length === 3 ? [[name!.trim(), numbers.map(Number)] as const] : [];
      }),
  );
  const [same] = rows.get('stretched, float32')!;
  expect(same).toBeGreaterThan(99.9);
  const [broken] = rows.get('stretched, uint8')!;
  expect(broken).toBeLessThan(50);
  const [repaired, least] = rows.get('folded, equalized, biases corrected, uint8')!;
  expect(repaired).toBeGreaterThanOrEqual(98);
  // The page says that they are no worse than networks that were never stretched.
  expect(repaired).toBeGreaterThan(rows.get('not stretched, uint8')![0]!);
  expect(least).toBeGreaterThan(rows.get('not stretched, uint8')![1]!);
});

it('the table of models without half of their units says what the page on shrinking says', () => {
  const rows = readFileSync(join(root, 'benchmarks/SHRINK.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| (cpu|wasm|node) /.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(rows).toHaveLength(12);
  for (const [backend, model, , , , , interval, difference] of rows) {
    const [low, high] = interval!.split(' to ').map(Number);
    const name = `${backend} ${model}`;
    // The certificate's tolerance.
    expect(Number(difference), name).toBeLessThanOrEqual(1e-6);
    if (backend === 'cpu') expect(low, name).toBeGreaterThan(1);
    if (backend === 'node' && /^(MLP|LSTM)/.test(model!)) {
      expect(low, name).toBeLessThan(1);
      expect(high, name).toBeGreaterThan(1);
    }
  }
});

it('the table of lottery tickets says what the page on pruning while training says', () => {
  const lines = readFileSync(join(root, 'benchmarks/LOTTERY.md'), 'utf8').split('\n');
  const differences = lines
    .filter((line) => /^\| \d/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(6, 9)
        .map((cell) => cell.split('±').map(Number)),
    );
  expect(differences).toHaveLength(4);
  for (const [i, row] of differences.entries())
    for (const [control, [mean, half]] of row.entries()) {
      expect(mean! - half!).toBeGreaterThan(0);
      if (i > 0) expect(mean!).toBeGreaterThan(differences[i - 1]![control]![0]!);
    }
  const bySeed = lines
    .filter((line) => line.startsWith('- '))
    .map((line) => line.split(': ')[1]!.split(', ').map(Number));
  expect(bySeed.map((list) => list.length)).toEqual([5, 5, 5]);
  expect(Math.min(...bySeed.flat())).toBeGreaterThan(0);
});

it('the table of methods says what the page on pruning says of it', () => {
  const table = readFileSync(join(root, 'benchmarks/METHODS.md'), 'utf8');
  const page = textOf('website/docs/start/pruning.md');
  let group = '';
  const cells = new Map<string, number[][]>();
  for (const line of table.split('\n').filter((row) => row.startsWith('| '))) {
    const [name, ...rest] = line.split('|').slice(1, -1);
    group = /\*\*(.*)\*\*/.exec(name!)?.[1] ?? group;
    cells.set(
      `${group}: ${name!.trim()}`,
      rest.map((cell) => cell.split('±').map(Number)),
    );
  }
  /** The mean of a row at 90 % or 97 % zeros, and half its interval. */
  const at = (name: string, zeros: 90 | 97) => cells.get(name)![zeros === 90 ? 0 : 1]!;
  const after = 'trained, pruned, not trained again';
  const lamp = at(`${after}: magnitude, \`scope: 'lamp'\``, 97);
  const again = at("trained, pruned, trained again: magnitude, `scope: 'global'`", 97);
  const little = at('pruned while it is trained from its start: `pruneDuring` with `oneCycle`', 97);
  const snip = at('sparse from its first step: `snip`', 97);
  const rigl = at('sparse from its first step: `rigl`', 97);
  const chance = at('sparse from its first step: at random', 97);
  const taylor = at(`${after}: \`taylor\``, 90);
  const magnitude = at(`${after}: magnitude, \`scope: 'global'\``, 90);
  const dense = /dense network names ([\d.]+)/.exec(table)![1];
  const [a, b, c, d, e, f, g, h] = [lamp, again, little, snip, rigl, chance, taylor, magnitude].map(([mean]) =>
    mean!.toFixed(2),
  );
  for (const says of [
    `Dense it names ${dense} % of the test digits. At 97 % zeros it names ${a} % when`,
    `training, ${b} % when it is pruned by magnitude and trained on, and ${c} % when`,
    `it names ${d} % by \`snip\`, ${e} % by \`rigl\` and ${f} % by chance`,
    `\`taylor\` leaves ${g} %, magnitude over all layers ${h} %`,
  ])
    expect(page.includes(says), says).toBe(true);
  // Intervals of the means are apart where the page says that one is better than another.
  const isLess = ([less, half]: number[], [more, other]: number[]) => less! + half! < more! - other!;
  for (const [less, more] of [
    [lamp, again],
    [again, little],
    [chance, snip],
    [chance, rigl],
    [taylor, magnitude],
  ])
    expect(isLess(less!, more!), `${less} ${more}`).toBe(true);
});
