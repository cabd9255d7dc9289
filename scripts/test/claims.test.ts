import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { meanInterval } from '@weightkit/lesson';
import { fillNormal, magnitudeMask, randomKey } from '@weightkit/numerics';
import { describe, expect, it } from 'vitest';
import { GROUPS, gainOf, lostOf, OUTPUT, rowOf, WHOLE } from '../../benchmarks/bits-figures.mjs';
import { goals } from '../../benchmarks/bits-table.mjs';
import { root } from '../lib/root.mjs';

const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;

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

describe('the page on post-training quantization', () => {
  const data = JSON.parse(readFileSync(join(root, 'benchmarks/bits.json'), 'utf8'));
  const { networks, more, published } = data;
  const both = [networks.dense, networks.convnet];
  const page = textOf('website/docs/start/post-training-quantization.md');
  type Which = [method: string, grid: string, bits: number];
  const rows = (...which: Which) => both.map((network) => rowOf(network, ...which));
  const lost = (...which: Which) => rows(...which).map((row, i) => meanInterval(lostOf(both[i], row)));
  const stored = (...which: Which): number[] => rows(...which).map((row) => row.stored);
  /** Points that the first loses less than the second, in pairs. */
  const gains = (one: Which, other: Which) =>
    rows(...one).map((row, i) => meanInterval(gainOf(row, rows(...other)[i])));
  const pair = (...which: Which) =>
    lost(...which)
      .map(({ mean }) => mean.toFixed(2))
      .join(' and ');
  const learned = '`trainQuantized`, `learned`';
  const says = (sentence: string) => expect(page.includes(sentence), sentence).toBe(true);

  const mse = 'clipped by `mse`';
  const gptq = '`gptq`';
  /** The percent of classes that stay, on CIFAR-10 and of a published model. */
  const stays = (...which: Which) => mean(rowOf(networks.cifar, ...which).same);
  const kept = (...which: Which) => stays(...which).toFixed(1);
  const keptBy = (method: string, grid: string, bits: number): string =>
    (published.fashion.cells as { method: string; grid: string; bits: number; same: number }[])
      .find((cell) => cell.method === method && cell.grid === grid && cell.bits === bits)!
      .same.toFixed(1);

  it('says of 8, 6 and 4 bits what the table says', () => {
    for (const bits of [8, 6])
      for (const { low, high } of lost('nearest', WHOLE, bits)) {
        expect(low).toBeLessThan(0);
        expect(high).toBeGreaterThan(0);
      }
    const [whole, output, best] = [
      ['nearest', WHOLE],
      ['nearest', OUTPUT],
      [gptq, OUTPUT],
    ] as const;
    says(`${kept(...whole, 8)} % stay at 8 bits and ${kept(...whole, 6)} % at 6`);
    says(
      `a scale for each output ${kept(...output, 8)} and ${kept(...output, 6)}, by \`gptq\` ${kept(...best, 8)} and`,
    );
    says(`${kept(...best, 8)} and ${kept(...best, 6)}. A published model, \`fashion\`, keeps ${keptBy(...whole, 8)} %`);
    says(`and ${keptBy(...best, 8)} % by \`gptq\`, at 6 bits ${keptBy(...whole, 6)} and ${keptBy(...best, 6)} %.`);
    says(`lose ${pair(...whole, 4)} with one scale and ${pair(...output, 4)} with a scale for each output; \`gptq\``);
    says(`with as many scales ${pair(...best, 4)}. On CIFAR-10 ${kept(...output, 4)} % of the classes stay`);
    says(`with the former, ${kept(...best, 4)} % with the latter`);
    // What is recommended.
    for (const bits of [8, 6, 4]) {
      expect(stays(...output, bits)).toBeGreaterThan(stays(...whole, bits));
      expect(stays(...best, bits)).toBeGreaterThan(stays(...output, bits));
    }
    for (const which of [
      [gptq, OUTPUT, 4],
      [learned, OUTPUT, 4],
    ] as Which[])
      for (const { mean } of gains(which, ['nearest', OUTPUT, 4])) expect(mean, `${which}`).toBeGreaterThan(0);
  });

  it('says of 3 bits what the table says', () => {
    const nearest: Which = ['nearest', OUTPUT, 3];
    says(`lose ${pair(...nearest)}, clipped ${pair(mse, OUTPUT, 3)}, \`gptq\` ${pair(gptq, OUTPUT, 3)}.`);
    const sizes = stored('`mixedPrecision`', GROUPS, 3).map((size) => size.toFixed(1));
    says(`\`mixedPrecision\` loses ${pair('`mixedPrecision`', GROUPS, 3)} in ${sizes.join(' and ')} bits`);
    // What is recommended.
    for (const { mean } of gains([mse, OUTPUT, 3], nearest)) expect(mean).toBeGreaterThan(0);
    for (const method of [gptq, '`trainQuantized`', learned])
      for (const { low } of gains([method, OUTPUT, 3], nearest)) expect(low, method).toBeGreaterThan(0);
    // On other seeds.
    const beats = goals(data).filter(({ goal }) => goal.startsWith('3 bits'));
    expect(more.seeds).toHaveLength(6);
    expect(beats.filter(({ goal, grid }) => goal.includes('gptq') && grid === OUTPUT).map(({ met }) => met)).toEqual([
      true,
      true,
    ]);
    const ada = beats.filter(({ goal, met }) => goal.includes('adaRound') && met);
    expect(ada.map(({ network, grid }) => [network, grid])).toEqual([['dense', GROUPS]]);
  });

  it('says of 2 bits what the table says', () => {
    says(`The nearest codes are lost: ${pair('nearest', OUTPUT, 2)}. \`gptq\` loses ${pair(gptq, OUTPUT, 2)}.`);
    says(`loses ${pair(learned, OUTPUT, 2)}, without \`learned\` ${pair('`trainQuantized`', OUTPUT, 2)}.`);
    for (const which of [
      [gptq, OUTPUT, 2],
      [learned, OUTPUT, 2],
    ] as Which[])
      for (const size of stored(...which)) expect(size.toFixed(1), `${which}`).toBe('2.1');
    for (const { mean } of lost(gptq, OUTPUT, 2)) expect(Math.round(mean)).toBe(4);
    // Nothing in so few bytes without data is better.
    for (const { method, grid, bits } of networks.dense.rows as { method: string; grid: string; bits: number }[])
      if (bits === 2 && /nearest|clipped|ternary/.test(method))
        for (const { mean } of lost(method, grid, bits)) expect(mean, `${method}, ${grid}`).toBeGreaterThan(5);
    for (const { low } of gains([learned, OUTPUT, 2], [gptq, OUTPUT, 2])) expect(low).toBeGreaterThan(0);
  });

  it('says of scales and groups what the table says', () => {
    for (const bits of [8, 6, 4, 3, 2]) {
      for (const size of stored('nearest', OUTPUT, bits)) expect(size - bits).toBeLessThan(0.1);
      for (const size of stored('nearest', GROUPS, bits)) expect(size - bits).toBeGreaterThan(1);
      for (const size of stored('`hqq`', GROUPS, bits)) expect(Math.round(size - bits)).toBe(2);
    }
    says(`lose less than 2 bits by groups, ${pair(gptq, GROUPS, 2)}, in no more bytes`);
    for (const { mean } of gains([gptq, OUTPUT, 3], [gptq, GROUPS, 2])) expect(mean).toBeGreaterThan(0);
    for (const [i, size] of stored(gptq, OUTPUT, 3).entries())
      expect(size).toBeLessThanOrEqual(stored(gptq, GROUPS, 2)[i]!);
    for (const bits of [4, 3]) {
      const [one, other] = [[gptq, OUTPUT, bits] as Which, [gptq, GROUPS, bits - 1] as Which];
      expect(stays(...one)).toBeGreaterThan(stays(...other));
      expect(rowOf(networks.cifar, ...one).stored).toBeLessThanOrEqual(rowOf(networks.cifar, ...other).stored + 0.05);
    }
    says(`${pair('`hqq`', GROUPS, 2)} at 2 bits where these lose ${pair('nearest', GROUPS, 2)}, but its scales`);
    for (const bits of [4, 3, 2])
      for (const { mean } of gains(['`hqq`', GROUPS, bits], ['nearest', GROUPS, bits])) expect(mean).toBeGreaterThan(0);
    // In about as many bytes: codes of two more bits.
    for (const [bits, more] of [
      [4, 6],
      [2, 4],
    ] as const)
      for (const [i, size] of stored('nearest', OUTPUT, more).entries()) {
        expect(Math.abs(size - stored('`hqq`', GROUPS, bits)[i]!)).toBeLessThan(0.1);
        expect(lost('nearest', OUTPUT, more)[i]!.mean).toBeLessThan(lost('`hqq`', GROUPS, bits)[i]!.mean);
      }
  });

  it('says of awq, adaRound, clipping and other grids what the table says', () => {
    says(`${pair('`awq`', OUTPUT, 3)} at 3 bits by \`awq\`, ${pair('`adaRound`', OUTPUT, 3)} by`);
    for (const method of ['`awq`', '`adaRound`']) {
      for (const grid of [OUTPUT, GROUPS])
        for (const { low } of gains([method, grid, 2], ['nearest', grid, 2])) expect(low, method).toBeGreaterThan(0);
      for (const bits of [3, 2])
        for (const { mean } of gains([method, OUTPUT, bits], [gptq, OUTPUT, bits]))
          expect(mean, method).toBeLessThan(0);
    }
    says(`with a scale for each output, ${pair(mse, OUTPUT, 2)} lost.`);
    says(`${pair(mse, GROUPS, 2)}, where the nearest codes lose ${pair('nearest', GROUPS, 2)}.`);
    for (const { low } of gains([mse, OUTPUT, 2], ['nearest', OUTPUT, 2])) expect(low).toBeGreaterThan(0);
    for (const { mean } of gains([mse, GROUPS, 2], ['nearest', GROUPS, 2])) expect(mean).toBeLessThan(0);
    says(`have codes of 4 bits and lose ${pair('nf4', 'groups of 64', 4)}, and ${pair('mxfp4', GROUPS, 4)}.`);
    says(`\`ternary\` after training loses ${pair('ternary', OUTPUT, 2)}:`);
  });
});

it('a published model learns other classes as the page on transfer learning says', () => {
  type Ways = Record<'linear probe' | 'last layer' | 'LoRA' | 'whole head', [mean: number, half: number]>;
  const { means, numbers } = JSON.parse(readFileSync(join(root, 'tooling/zoo/transfer.json'), 'utf8')) as {
    means: { examples: number; accuracy: Ways }[];
    numbers: Record<keyof Ways, number>;
  };
  expect(means.map(({ examples }) => examples)).toEqual([100, 500, 2000]);
  for (const { accuracy } of means) {
    const of = (way: keyof Ways) => accuracy[way][0];
    expect(of('linear probe')).toBeGreaterThan(of('whole head'));
    expect(of('whole head')).toBeGreaterThan(of('LoRA'));
    // A good part: two fifths or more of the way from the last layer alone to the whole head.
    expect((of('LoRA') - of('last layer')) / (of('whole head') - of('last layer'))).toBeGreaterThan(0.4);
  }
  const share = numbers.LoRA / numbers['whole head'];
  expect(Math.abs(20 * share - 1)).toBeLessThan(0.1);
});
