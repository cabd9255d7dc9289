import { finiteValues, weightsOf } from '@weightkit/core';
import * as kit from '@weightkit/transfer-freeze';
import { testContracts } from '../src/contracts.ts';
import { A, B, EXACT, fit, withModel } from './fixtures.ts';

testContracts('@weightkit/transfer-freeze', kit, [
  {
    name: 'freeze',
    title: 'keeps weights bit for bit while others train',
    value: () =>
      withModel(async (model) => {
        const frozen = await kit.freeze(model, 'a/**');
        await fit(model);
        const { entries, moved } = await frozen.verify();
        const [trained] = await finiteValues('freeze', weightsOf(model, 'b/kernel')[0]!);
        frozen.unfreeze();
        return [entries, moved, weightsOf(model, 'a/kernel')[0]!.read(), trained !== B[0], frozen.active];
      }),
    reference: [8, [], A, true, false],
    tolerance: EXACT,
    rejects: [
      [() => withModel((model) => kit.freeze(model, 'none')), 'freeze: filter must match a weight'],
      [() => kit.freeze({} as never), 'freeze: model must be a tfjs layer or LayersModel'],
    ],
  },
]);
