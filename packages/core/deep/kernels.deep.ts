import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { fastKernels, fillMissingKernels } from '../src/index.ts';
import { faultsOf, KERNEL_CASES } from '../test/kernels/kernel-cases.ts';
import { isKnown, KNOWN_FAULTS } from '../test/kernels/known-faults.ts';

async function expectRight(): Promise<void> {
  const backend = tf.getBackend();
  const unknown: string[] = [];
  const seen: [string, string][] = [];
  for (const one of KERNEL_CASES)
    for (const fault of await faultsOf(one, 1000)) {
      if (isKnown(backend, one.name, fault)) seen.push([one.name, fault]);
      else unknown.push(`${one.name}: ${fault}`);
    }
  expect(unknown).toEqual([]);
  const gone = KNOWN_FAULTS[backend]!.filter(
    ([names, faults]) => !seen.some(([name, fault]) => names.test(name) && faults.test(fault)),
  );
  expect(gone).toEqual([]);
}

test('every kernel that layers use is right after fillMissingKernels(), but for the known faults, each of which is there', async () => {
  const { restore } = fillMissingKernels();
  await expectRight();
  restore();
});

test.runIf(tf.getBackend() === 'wasm')('so it is after fastKernels()', async () => {
  const all = [fillMissingKernels(), fastKernels()];
  await expectRight();
  for (const { restore } of all.reverse()) restore();
});
