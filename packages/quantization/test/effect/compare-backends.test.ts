import * as tf from '@tensorflow/tfjs';
import { leakOf, withTwinBackend } from '@weightkit/testing';
import { expect, test } from 'vitest';
import { compareBackends, compareOutputs } from '../../src/index.ts';

const KERNELS = [
  [1, -2, 0.5, 1],
  [2, 1],
];

/** Two layers, of which the second has what the twin does wrong. */
function load(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [2], useBias: false, name: 'straight' }),
      tf.layers.dense({ units: 1, useBias: false, activation: 'tanh', name: 'bent' }),
    ],
  });
  tf.tidy(() => model.setWeights([tf.tensor(KERNELS[0]!, [2, 2]), tf.tensor(KERNELS[1]!, [2, 1])]));
  return model;
}

test('compareBackends names the layer whose kernel is another on a backend, and by how much', async () => {
  const backend = tf.getBackend();
  const said: number[] = [];
  const probes = [
    [1, 2],
    [0.5, -1],
  ];
  const effects = await withTwinBackend(
    'crooked',
    (twin) =>
      compareBackends(load, [backend, twin], { probes, onProgress: ({ done, total }) => void said.push(done / total) }),
    { Tanh: 'Neg' },
  );
  expect(tf.getBackend()).toBe(backend);
  expect(said).toEqual([0.5, 1]);
  expect(Object.keys(effects)).toEqual(['crooked']);
  const { crooked } = effects;
  expect(crooked).toMatchObject({ probes: 2, from: 'given', firstDiverging: 'bent' });
  const layers = Object.fromEntries(crooked!.layers.map(({ path, sqnr }) => [path, sqnr]));
  expect(layers.straight).toBe(Number.POSITIVE_INFINITY);
  // [1, 2] K = [2, 0] gives tanh 4, and [0.5, -1] K = [0, -2] tanh -2; the twin gives -4 and 2.
  const [y, wrong] = [
    [Math.tanh(4), Math.tanh(-2)],
    [-4, 2],
  ];
  const sum = (values: number[]) => values.reduce((a, b) => a + b * b, 0);
  const sqnr = 10 * Math.log10(sum(y) / sum(y.map((value, i) => value - wrong[i]!)));
  // A tanh of float32 on a GPU errs by 1e-5 of these.
  expect(Math.abs(layers.bent! - sqnr)).toBeLessThan(1e-3);
  expect(Math.abs(crooked!.largest - (4 + Math.tanh(4)))).toBeLessThan(1e-4);
});

test('compareBackends is compareOutputs of a model with itself where backends agree, leaks nothing, and stops when asked to', async () => {
  const backend = tf.getBackend();
  const model = load();
  const same = await compareOutputs(model, model, { probes: 16 });
  model.dispose();
  await withTwinBackend('twin', async (twin) => {
    const run = (signal?: AbortSignal, onProgress?: () => void) =>
      compareBackends(load, [backend, twin], {
        probes: 16,
        ...(signal ? { signal } : {}),
        ...(onProgress ? { onProgress } : {}),
      });
    expect(await run()).toEqual({ twin: same });
    const stop = new AbortController();
    const leak = await leakOf(async () => {
      await run();
      await expect(run(stop.signal, () => stop.abort())).rejects.toThrow(/abort/i);
    });
    expect(leak).toEqual({ tensors: 0, variables: 0 });
    expect(tf.getBackend()).toBe(backend);
  });
});

test('compareBackends refuses what does not start, and stays on the backend that it began on', async () => {
  const backend = tf.getBackend();
  if (!('broken' in tf.engine().registryFactory))
    tf.registerBackend('broken', () => {
      throw new Error('no device');
    });
  await expect(compareBackends(load, [backend, 'broken'])).rejects.toThrow(
    'compareBackends: backends must start here, got "broken"',
  );
  expect(tf.getBackend()).toBe(backend);
});

test('compareBackends takes a process in which no backend was chosen yet', async () => {
  const backend = tf.getBackend();
  const engine = tf.engine() as unknown as { backendName: string | undefined };
  const effects = await withTwinBackend('twin', (twin) => {
    engine.backendName = undefined;
    return compareBackends(load, [backend, twin], { probes: 2 });
  });
  expect(effects.twin!.relative).toBe(0);
  await tf.setBackend(backend);
});
