import * as kit from '@weightkit/transfer-freeze';
import { testRefusals } from '../src/refusals.ts';
import { dispose, made, withTensors } from './refused.ts';

testRefusals(
  '@weightkit/transfer-freeze',
  kit,
  [
    {
      name: 'freeze',
      call: async (...args: Parameters<typeof kit.freeze>) => (await kit.freeze(...args)).unfreeze(),
      args: () => [made(), '**'],
      takes: { model: ['model', 'layer'], 'filter?': [] },
      own: ['class'],
      done: dispose,
    },
  ],
  withTensors,
);
