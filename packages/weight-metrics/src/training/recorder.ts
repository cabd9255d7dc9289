import { allDone, type Weight } from '@weightkit/core';
import type { StepGauge } from './step-gauge.ts';
import { plainNumbers, type WatchHistory, type WatchRecord } from './watch-history.ts';
import { type RecordPlan, recordOf, startWatching, type Watched } from './watched.ts';

/** A history in the making. */
export interface Recorder {
  readonly history: WatchHistory;
  /** The step and epoch that the next record is of. */
  readonly now: { step: number; epoch: number };
  /** The step of the last record; there must be one. */
  lastStep(): number;
  /** Adds a record; the first one fixes edges and start values. The gauges are those of the weights, or none. */
  record(at: WatchRecord['at'], logs: Record<string, number>, gauges: readonly StepGauge[]): Promise<WatchRecord>;
}

/** Starts an empty history of these weights. */
export function makeRecorder(weights: readonly Weight[], plan: RecordPlan): Recorder {
  const history: WatchHistory = { weights: {}, records: [] };
  const now = { step: 0, epoch: -1 };
  let watched: Watched[] = [];
  return {
    history,
    now,
    lastStep: () => history.records[history.records.length - 1]!.step,
    async record(at, logs, gauges) {
      if (history.records.length === 0) {
        watched = await allDone(weights.map((weight) => startWatching(weight, plan)));
        for (const { weight, about } of watched) history.weights[weight.path] = about;
      }
      const made = await allDone(watched.map((one, i) => recordOf(one, gauges[i] ?? null)));
      const byPath = Object.fromEntries(made.map((weight, i) => [watched[i]!.weight.path, weight]));
      const record = { ...now, at, logs: plainNumbers(logs), weights: byPath };
      history.records.push(record);
      return record;
    },
  };
}
