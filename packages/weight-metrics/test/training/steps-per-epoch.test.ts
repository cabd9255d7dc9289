import { expect, test } from 'vitest';
import { stepsPerEpoch } from '../../src/training/steps-per-epoch.ts';

test.each([
  [{ samples: 469, batchSize: 128 }, 4],
  [{ samples: 512, batchSize: 128, steps: undefined }, 4],
  [{ samples: null, batchSize: null, steps: 7 }, 7],
  [{ samples: null, batchSize: null, steps: null }, 0],
  [{ samples: 10 }, 0],
  [{ steps: Number.POSITIVE_INFINITY }, 0],
  [undefined, 0],
  [null, 0],
  ['steps', 0],
])('stepsPerEpoch(%j) is %i', (params, steps) => {
  expect(stepsPerEpoch(params)).toBe(steps);
});
