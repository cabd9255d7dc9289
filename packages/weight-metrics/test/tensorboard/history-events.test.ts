import { expect, it } from 'vitest';
import { eventFile } from '../../src/tensorboard/event-file.ts';
import { historyEvents } from '../../src/tensorboard/history-events.ts';
import type { UpdateRecord, WatchHistory, WeightRecord } from '../../src/training/watch-history.ts';

const weight = (given: Partial<WeightRecord>): WeightRecord => ({
  moments: {
    count: 4,
    mean: 0.5,
    std: 1.5,
    skewness: 0,
    kurtosis: 0,
    min: -2,
    max: 2,
    l1: 6,
    l2: 3,
    zeros: 0,
    nonFinite: 0,
  },
  histogram: { counts: [1, 2], below: 0, above: 1, nonFinite: 0 },
  spectra: null,
  fromStart: { l2: 0.25, relative: 0.125 },
  fromPrevious: null,
  update: null,
  gradient: null,
  ...given,
});

const update: UpdateRecord = {
  l2: 0.003,
  relative: 'Infinity',
  steps: 10,
  measured: 10,
  nonFiniteSteps: 1,
  meanRelative: 0.5,
  minRelative: 0.25,
  maxRelative: 0.75,
};
const layer = { examples: 2, entries: 8, mean: 1, std: 2, min: -3, max: 4, nonFinite: 0 };
const lost = { ...weight({}).moments, count: 3, nonFinite: 1 };
const history: WatchHistory = {
  weights: { 'a/kernel': { shape: [2, 2], parameters: 4, edges: [-2, 0, 1], spectraSkipped: null } },
  records: [
    { step: 0, epoch: -1, at: 'start', logs: {}, weights: { 'a/kernel': weight({}) } },
    {
      step: 10,
      epoch: 0,
      at: 'epoch',
      logs: { loss: 'NaN', val_acc: 0.75 },
      weights: {
        'a/kernel': weight({ moments: lost, histogram: null, update }),
      },
      activations: {
        relu: { ...layer, zeroShare: 0.25, saturatedShare: null },
        tanh: { ...layer, zeroShare: 0, saturatedShare: 0.5 },
        unused: null,
      },
    },
  ],
};

it('historyEvents gives losses, histograms and curves, each at its step, and no curve of what was not measured', () => {
  const events = historyEvents(history, { wallTime: ({ step }) => 100 + step });
  const [at0, at10] = [
    { step: 0, wallTime: 100 },
    { step: 10, wallTime: 110 },
  ];
  expect(events).toEqual([
    {
      tag: 'weights/a/kernel',
      ...at0,
      histogram: { edges: [-2, 0, 1], counts: [1, 2], below: 0, above: 1, min: -2, max: 2, sum: 2, sumSquares: 9 },
    },
    { tag: 'mean/a/kernel', ...at0, scalar: 0.5 },
    { tag: 'std/a/kernel', ...at0, scalar: 1.5 },
    { tag: 'norm/a/kernel', ...at0, scalar: 3 },
    { tag: 'distance_from_start/a/kernel', ...at0, scalar: 0.25 },
    { tag: 'loss', ...at10, scalar: Number.NaN },
    { tag: 'val_acc', ...at10, scalar: 0.75 },
    { tag: 'mean/a/kernel', ...at10, scalar: 0.5 },
    { tag: 'std/a/kernel', ...at10, scalar: 1.5 },
    { tag: 'norm/a/kernel', ...at10, scalar: 3 },
    { tag: 'update_ratio/a/kernel', ...at10, scalar: Number.POSITIVE_INFINITY },
    { tag: 'update_ratio_mean/a/kernel', ...at10, scalar: 0.5 },
    { tag: 'update_ratio_max/a/kernel', ...at10, scalar: 0.75 },
    { tag: 'distance_from_start/a/kernel', ...at10, scalar: 0.25 },
    { tag: 'non_finite/a/kernel', ...at10, scalar: 1 },
    { tag: 'activation_mean/relu', ...at10, scalar: 1 },
    { tag: 'activation_std/relu', ...at10, scalar: 2 },
    { tag: 'activation_zeros/relu', ...at10, scalar: 0.25 },
    { tag: 'activation_mean/tanh', ...at10, scalar: 1 },
    { tag: 'activation_std/tanh', ...at10, scalar: 2 },
    { tag: 'activation_zeros/tanh', ...at10, scalar: 0 },
    { tag: 'activation_saturated/tanh', ...at10, scalar: 0.5 },
  ]);
  // The same from a file of JSON, and every event can be written.
  const again = historyEvents(JSON.parse(JSON.stringify(history)), { wallTime: ({ step }) => 100 + step });
  expect(eventFile(again, { wallTime: 1 })).toEqual(eventFile(events, { wallTime: 1 }));
});

it('historyEvents refuses what is no history', () => {
  for (const bad of [null, [], Promise.resolve(history)])
    expect(() => historyEvents(bad as never)).toThrow('historyEvents: history must be one of watch, got');
  expect(() => historyEvents({ ...history, records: {} } as never)).toThrow(
    'historyEvents: records of history must be a list',
  );
  expect(() => historyEvents({ ...history, records: [5] } as never)).toThrow(
    'historyEvents: records[0] of history must be a record of watch, got 5',
  );
  expect(() => historyEvents(history, { wallTime: () => Number.NaN })).toThrow(
    'historyEvents: wallTime must give seconds since 1970, got NaN',
  );
  expect(() => historyEvents(history, { times: [] } as never)).toThrow('historyEvents: options must be among wallTime');
});
