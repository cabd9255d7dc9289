import * as tf from '@tensorflow/tfjs';
import * as initializers from '@weightkit/initializers';
import { prune } from '@weightkit/pruning';
import { freeze } from '@weightkit/transfer-freeze';
import { doctor, type FaultCode } from '@weightkit/weight-metrics';
import { describe, expect, it } from 'vitest';
import { SIZES } from '../../../packages/weight-metrics/test/doctor/models.ts';
import { dig, plant } from '../../../packages/weight-metrics/test/doctor/plants.ts';

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...args: unknown[]) => Promise<unknown>;

/** Runs the call of a finding, as a reader who copies it would. */
async function follow(call: string, model: tf.LayersModel): Promise<unknown> {
  const scope = { ...initializers, prune, freeze, tf, model };
  return new AsyncFunction(...Object.keys(scope), `return ${call}`)(...Object.values(scope));
}

const OF_WEIGHTS: readonly FaultCode[] = [
  'dead-units',
  'duplicate-units',
  'saturation',
  'vanishing',
  'exploding',
  'rank-collapse',
  'wrong-gain',
];
const architectures = tf.getBackend() === 'cpu' ? (['dense', 'recurrent'] as const) : (['dense'] as const);

describe.each(architectures)('the call that doctor names mends a %s network', (architecture) => {
  it.each(OF_WEIGHTS)('of %s', async (code) => {
    const planted = await plant(code, architecture, SIZES.usual[architecture], 11);
    const { findings } = await doctor(planted.model, planted.data);
    const found = findings.find((one) => one.code === code && one.layer === planted.layer);
    await follow(found!.call, planted.model);
    const left = (await doctor(planted.model, planted.data)).findings;
    expect(left.filter((one) => one.code === code && one.layer === planted.layer)).toEqual([]);
    dig(planted);
  });

  it.each(['frozen-moving', 'masked-moving'] as const)('of %s: it takes the call', async (code) => {
    const planted = await plant(code, architecture, SIZES.usual[architecture], 11);
    const { findings } = await doctor(planted.model, planted.data, planted.history);
    const handle = (await follow(findings.find((one) => one.code === code)!.call, planted.model)) as {
      restore?(): void;
      unfreeze?(): void;
    };
    handle.restore?.();
    handle.unfreeze?.();
    dig(planted);
  });
});
