import { checkPlainObject, checkType } from '@weightkit/numerics/check';
import { checkedHistogram, checkedMinMax, checkedMovingAverage } from './check-state.ts';
import { histogramFrom } from './histogram-observer.ts';
import { minMaxFrom } from './min-max-observer.ts';
import { movingAverageFrom } from './moving-average-observer.ts';
import type { Observer, ObserverState } from './observer.ts';

/** An observer of each kind, that goes on from what may be its state. */
const FROM = {
  minMax: (fn: string, state: unknown) => minMaxFrom(checkedMinMax(fn, 'state', state)),
  movingAverage: (fn: string, state: unknown) => movingAverageFrom(checkedMovingAverage(fn, 'state', state)),
  histogram: (fn: string, state: unknown): Observer => histogramFrom(checkedHistogram(fn, 'state', state)),
};

/** Kinds of observers. */
export const OBSERVER_KINDS = Object.keys(FROM) as ObserverState['kind'][];

/**
 * Makes an observer of what another one has seen, which goes on from there: what was observed on one machine, or yesterday, is taken up
 * or merged.
 *
 * @example
 * const observer = minMaxObserver();
 * observer.observe(Float32Array.of(-1, 2));
 * const text = JSON.stringify(observer);
 * const again = observerFrom(JSON.parse(text));
 * again.observe(Float32Array.of(3));
 * console.log(again.parameters().max, again.count); // -> [ 3 ] 3
 *
 * @param state - from `toJSON()` of an observer; not changed
 * @returns a new observer
 * @throws TypeError or RangeError for what is no such state
 */
export function observerFrom(state: ObserverState): Observer {
  const fn = 'observerFrom';
  checkPlainObject(`${fn}: state must be a plain object`, state);
  const { kind } = state;
  checkType(OBSERVER_KINDS.includes(kind), `${fn}: state.kind must be among ${OBSERVER_KINDS}`, kind);
  return FROM[kind](fn, state);
}
