import * as tf from '@tensorflow/tfjs';
import { leakOf } from '@weightkit/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dataDependent, lsuv } from '../../src/index.ts';
import { gaussian, weightsNow } from '../data-support.ts';

afterEach(() => vi.restoreAllMocks());

const model = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 6, inputShape: [4], activation: 'relu', name: 'first' }),
      tf.layers.dropout({ rate: 0.5, name: 'drop' }),
      tf.layers.dense({ units: 3, name: 'last' }),
    ],
  });

/** As if each step took ten seconds, so that each is told of. */
function slowly(): void {
  let time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    time += 1e4;
    return time;
  });
}

describe.each([
  ['lsuv', lsuv],
  ['dataDependent', dataDependent],
] as const)('%s(model, batch, { onProgress, signal })', (name, run) => {
  it('tells how far it is, three passes over the layers', async () => {
    slowly();
    const net = model();
    const x = gaussian([16, 4], 1);
    const seen: [number, string][] = [];
    await run(net, x, {
      onProgress: async ({ done, label }) => {
        seen.push([done, label]);
      },
    });
    const labels = ['first', 'drop', 'last'].map((path) => `forward: ${path}`);
    expect(seen.map(([, label]) => label)).toEqual([...labels, ...labels, ...labels]);
    expect(seen.map(([done]) => done)).toEqual(seen.map((_, i) => i / 9));
    x.dispose();
    net.dispose();
  });

  it.each([1, 2, 3, 5, 9])(
    'leaves weights as they were, and no tensor, when it is stopped at step %i',
    async (step) => {
      slowly();
      const net = model();
      const x = gaussian([16, 4], 1);
      const before = await weightsNow(net);
      const leak = await leakOf(async () => {
        const stop = new AbortController();
        let steps = 0;
        const onProgress = () => {
          steps++;
          if (steps === step) stop.abort(new Error('enough'));
        };
        await expect(run(net, x, { onProgress, signal: stop.signal })).rejects.toThrow('enough');
        expect(steps).toBe(step);
      });
      expect(leak).toEqual({ tensors: 0, variables: 0 });
      expect(await weightsNow(net)).toEqual(before);
      x.dispose();
      net.dispose();
    },
  );

  it('hands on what onProgress throws, and refuses what is no function or signal', async () => {
    slowly();
    const net = model();
    const x = gaussian([16, 4], 1);
    const before = await weightsNow(net);
    const broken = () => {
      throw new Error('broken bar');
    };
    await expect(run(net, x, { onProgress: broken })).rejects.toThrow('broken bar');
    await expect(run(net, x, { onProgress: 'bar' as never })).rejects.toThrow(
      `${name}: onProgress must be a function, got "bar"`,
    );
    await expect(run(net, x, { signal: true as never })).rejects.toThrow(
      `${name}: signal must be an AbortSignal, got true`,
    );
    await expect(run(net, null as never)).rejects.toThrow(
      `${name}: batch must be a tensor or a list of tensors, got null`,
    );
    expect(await weightsNow(net)).toEqual(before);
    x.dispose();
    net.dispose();
  });
});
