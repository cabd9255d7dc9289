import { join } from 'node:path';
import { openCheckpoint } from '@weightkit/checkpoint';
import { describe, expect, it, vi } from 'vitest';
import { type Verification, verify } from '../../src/commands/verify.ts';
import { npy, resultOf, scratch, type TestWeight, weightkit, writeFiles, writeModel } from '../support.ts';

const topology = {
  class_name: 'Sequential',
  config: {
    name: 'm',
    layers: [
      {
        class_name: 'Dense',
        config: { name: 'a', units: 2, activation: 'relu', use_bias: false, batch_input_shape: [null, 2] },
      },
      { class_name: 'Dense', config: { name: 'b', units: 2, use_bias: false } },
    ],
  },
};
const weights = (a: number[], b: number[]): TestWeight[] => [
  { name: 'a/kernel', shape: [2, 2], values: a },
  { name: 'b/kernel', shape: [2, 2], values: b },
];
/** x A and then that times B: [1, 2] gives [1, 2] and [2, 1]. */
const IDENTITY = [1, 0, 0, 1];
const SWAP = [0, 1, 1, 0];
const modelIn = (folder: string, a = IDENTITY, b = SWAP): string =>
  writeModel(folder, weights(a, b), { format: 'layers-model', modelTopology: topology });

/** Two models of [[1, 2], [3, 1]]: what was changed in the second is its argument. */
function pair(a?: number[], b?: number[]): string[] {
  const folder = scratch();
  writeFiles(folder, {
    'x.npy': npy([
      [1, 2],
      [3, 1],
    ]),
  });
  return [modelIn(folder), modelIn(join(folder, 'after'), a, b), '--probes', join(folder, 'x.npy')];
}

describe('weightkit verify', () => {
  it('says of a model and itself that nothing is different', async () => {
    const { comparisons, holds } = await resultOf<Verification>(['verify', ...pair(), '--agree', '1']);
    expect(holds).toBe(true);
    expect(comparisons).toMatchObject([
      { on: 'cpu', against: 'cpu', probes: 2, from: 'given', agree: 1, relative: 0, largest: 0, firstDiverging: null },
    ]);
  });

  it('names the layer that goes another way, how far outputs go, and ends with 1', async () => {
    const args = ['verify', ...pair(IDENTITY, [0, 1, 2, 0])];
    const { code, out } = await weightkit([...args, '--format', 'json']);
    expect(code).toBe(1);
    // [2, 1] and [1, 3] become [4, 1] and [2, 3].
    const { comparisons, holds } = JSON.parse(out) as Verification;
    expect(holds).toBe(false);
    expect(comparisons[0]).toMatchObject({ agree: 1, largest: 2, firstDiverging: 'b' });
    expect(comparisons[0]!.relative).toBeCloseTo(Math.sqrt(5 / 15), 12);
    const shown = await weightkit(args, { terminal: 100, env: { NO_COLOR: '1' } });
    for (const part of ['the first layer with less than 20 dB is b', 'same top class in 2 of 2 rows', 'DOES NOT HOLD'])
      expect(shown.out).toContain(part);
    expect(shown.out).toMatch(/cpu +a +inf/);
    expect(shown.out).toMatch(/cpu +output 1 +4\.8 +0\.5774 +2 +100 %/);
  });

  it('allows what is asked for, and no more', async () => {
    const args = ['verify', ...pair([1, 0, 0, 1.05])];
    expect((await weightkit(args)).code).toBe(0);
    expect((await weightkit([...args, '--max-relative', '0.02'])).code).toBe(1);
    const turned = ['verify', ...pair([1, 0, 0, 1.03], [0.4, 1, 1, 0.4])];
    expect((await weightkit([...turned, '--max-relative', '9', '--agree', '1'])).code).toBe(1);
  });

  it('runs one model on several backends, with made inputs', async () => {
    const args = ['verify', modelIn(scratch()), '--backends', 'cpu,wasm', '--probes', '8'];
    const { comparisons, holds } = await resultOf<Verification>(args);
    expect(holds).toBe(true);
    expect(comparisons).toMatchObject([{ on: 'wasm', against: 'cpu', probes: 8, firstDiverging: null }]);
    // Sums of two products of which one is 0 are the same everywhere.
    for (const { sqnr } of comparisons[0]!.layers) expect(sqnr).toBe('Infinity');
    const both = await weightkit(['verify', ...pair(), '--backends', 'cpu,wasm'], {
      terminal: 100,
      env: { NO_COLOR: '1' },
    });
    expect(both.code).toBe(0);
    for (const part of ['cpu: 2 probes, given', 'wasm: 2 probes, given', 'no layer has less than 20 dB', 'holds:'])
      expect(both.out).toContain(part);
  });

  it('refuses what it cannot do, with what to do', async () => {
    const folder = scratch();
    const model = modelIn(folder);
    const refused = async (...args: string[]) => {
      const { code, err } = await weightkit(['verify', ...args]);
      expect(code).toBe(2);
      return err;
    };
    expect(await refused(model)).toContain('two backends or more, got');
    expect(await refused(model, '--backends', 'cpu,gpu')).toContain('some of cpu, wasm, node, each once');
    expect(await refused(model, '--backends', 'cpu,cpu')).toContain('each once');
    expect(await refused(model, model, '--agree', '2')).toContain('a share from 0 to 1');
    expect(await refused(model, model, '--probes', '0')).toContain('from 1 to 2^20');
    const bare = writeModel(join(folder, 'bare'), weights(IDENTITY, SWAP));
    expect(await refused(model, bare)).toContain('the second without a modelTopology');
    writeFiles(folder, { 'wide.npy': npy([[1, 2]]) });
    const wide = writeModel(join(folder, 'wide'), [{ name: 'x', shape: [1, 3], values: [1, 2, 3] }]);
    expect(await refused(model, model, '--probes', wide)).toContain('probes must have shape');
  });

  it('gives inputs the examples of their names, in whatever order a file has them, and refuses NaN', async () => {
    const folder = scratch();
    const input = (name: string) => ({
      class_name: 'InputLayer',
      name,
      config: { name, batch_input_shape: [null, 2], dtype: 'float32' },
      inbound_nodes: [],
    });
    const modelTopology = {
      class_name: 'Model',
      config: {
        name: 'm',
        layers: [
          input('q'),
          input('p'),
          {
            class_name: 'Concatenate',
            name: 'both',
            config: { name: 'both', axis: -1 },
            inbound_nodes: [
              [
                ['q', 0, 0, {}],
                ['p', 0, 0, {}],
              ],
            ],
          },
          {
            class_name: 'Dense',
            name: 'out',
            config: { name: 'out', units: 1, use_bias: false },
            inbound_nodes: [[['both', 0, 0, {}]]],
          },
        ],
        input_layers: [
          ['q', 0, 0],
          ['p', 0, 0],
        ],
        output_layers: [['out', 0, 0]],
      },
    };
    const [one, two] = [2, 3].map((last) =>
      writeModel(join(folder, `m${last}`), [{ name: 'out/kernel', shape: [4, 1], values: [1, 1, 1, last] }], {
        format: 'layers-model',
        modelTopology,
      }),
    ) as [string, string];
    const examples = (name: string, tensors: [name: string, values: number[]][]): string =>
      writeModel(
        join(folder, name),
        tensors.map(([name, values]) => ({ name, shape: [1, 2], values })),
      );
    const largest = async (probes: string): Promise<number> => {
      const args = ['verify', one, two, '--max-relative', '9', '--format', 'json', '--probes', probes];
      const { comparisons } = JSON.parse((await weightkit(args)).out) as Verification;
      return comparisons[0]!.largest;
    };
    const p: [string, number[]] = ['p', [0, 7]];
    const q: [string, number[]] = ['q', [0, 5]];
    // The last of the four numbers counts: that of p, which is the second input.
    expect(await largest(examples('by name', [p, q]))).toBe(7);
    // Of a model that is loaded again TensorFlow.js gives its tensors other names, not its layers.
    expect(await largest(examples('by name', [p, q]))).toBe(7);
    expect(await largest(examples('in order', [q, p]))).toBe(7);
    expect(
      await largest(
        examples('without names', [
          ['a', q[1]],
          ['b', p[1]],
        ]),
      ),
    ).toBe(7);
    const both = await resultOf<Verification>([
      'verify',
      one,
      '--backends',
      'cpu,wasm',
      '--probes',
      examples('on', [p, q]),
    ]);
    expect(both.holds).toBe(true);
    const refused = async (probes: string) => {
      const { code, err } = await weightkit(['verify', one, two, '--probes', probes]);
      expect(code).toBe(2);
      return err;
    };
    expect(await refused(examples('strange', [p, ['r', [1, 2]]]))).toContain(
      'probes must have the names of the inputs, which are q, p, got r',
    );
    expect(await refused(examples('nan', [p, ['q', [1, Number.NaN]]]))).toContain(
      'probes must be finite, got NaN at q[1]',
    );
  });

  it('says what to install where TensorFlow.js is not there', async () => {
    const model = await openCheckpoint(modelIn(scratch()));
    const importer = async (name: string) => {
      if (name.endsWith('wasm')) throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' });
      return {};
    };
    const { signal } = new AbortController();
    const options = { backends: ['cpu', 'wasm'] as const, probes: 2, maxRelative: 1, signal, importer };
    await expect(verify([model, model], options)).rejects.toMatchObject({
      name: 'UsageError',
      message: 'models are run by TensorFlow.js, and @tensorflow/tfjs-backend-wasm is not installed beside weightkit',
      hint: 'npm install weightkit @tensorflow/tfjs @tensorflow/tfjs-backend-wasm',
    });
    await model.close();
  });

  it('does not run two models on another backend where the one that was asked for does not start', async () => {
    const model = await openCheckpoint(modelIn(scratch()));
    const quiet = vi.fn();
    const importer = async () => ({ enableProdMode: quiet, setBackend: async () => false });
    const { signal } = new AbortController();
    const options = { backends: ['wasm'] as const, probes: 2, maxRelative: 1, signal, importer };
    await expect(verify([model, model], options)).rejects.toThrow('the backend wasm does not start here');
    // The advice to install tfjs-node is not for those who use a command.
    expect(quiet).toHaveBeenCalledOnce();
    await model.close();
  });
});
