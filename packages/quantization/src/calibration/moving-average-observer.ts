import { checkNumber, checkOptions, checkRange } from '@weightkit/numerics/check';
import { channelExtents, checkAxis, checkSameAxis, stateOf } from './channel-extents.ts';
import { checkedMovingAverage } from './check-state.ts';
import type { MinMaxObserverOptions } from './min-max-observer.ts';
import { checkParameters, gridOf, type MovingAverageState, type Observer } from './observer.ts';

const { fround } = Math;

/** Options of {@link movingAverageObserver}. */
export interface MovingAverageObserverOptions extends MinMaxObserverOptions {
  /** The weight of each new batch, above 0, 1 at most. @defaultValue `0.01` */
  constant?: number | undefined;
}

/** An observer that goes on from a state. */
export function movingAverageFrom(start: MovingAverageState): Observer {
  const fn = 'movingAverageObserver';
  const state = structuredClone(start);
  const weight = fround(state.constant);
  const next = (old: number, x: number): number => fround(old + fround(weight * fround(x - old)));
  /** What the average of this one becomes when the batches of another one follow, whose own average began with its first. */
  const followed = (own: readonly number[], other: readonly number[], first: readonly number[], batches: number) =>
    own.map((old, k) => fround((1 - weight) ** batches * (old - first[k]!) + other[k]!));
  return {
    kind: 'movingAverage',
    get count() {
      return state.count;
    },
    observe(values, shape) {
      const found = channelExtents(`${fn}.observe`, values, shape, state.axis, state.min.length);
      if (found === null) return;
      if (state.batches === 0) {
        state.min = [...found.min];
        state.max = [...found.max];
        Object.assign(state, { firstMin: state.min.slice(), firstMax: state.max.slice() });
      } else {
        state.min = state.min.map((old, k) => next(old, found.min[k]!));
        state.max = state.max.map((old, k) => next(old, found.max[k]!));
      }
      state.batches++;
      state.count += values.length;
    },
    merge(other) {
      const seen = stateOf(`${fn}.merge`, other, 'movingAverage', checkedMovingAverage);
      checkSameAxis(`${fn}.merge`, state, seen);
      checkRange(
        seen.constant === state.constant,
        `${fn}.merge: other must have constant ${state.constant}`,
        seen.constant,
      );
      if (seen.batches === 0) return;
      if (state.batches === 0) Object.assign(state, seen);
      else {
        state.min = followed(state.min, seen.min, seen.firstMin, seen.batches);
        state.max = followed(state.max, seen.max, seen.firstMax, seen.batches);
        state.batches += seen.batches;
        state.count += seen.count;
      }
    },
    parameters(options = {}) {
      return gridOf(state.min, state.max, checkParameters(`${fn}.parameters`, options, state.count), null);
    },
    toJSON: () => structuredClone(state),
  };
}

/**
 * Observes the moving average of the least and the greatest value of batches, or of each channel, so that an outlier of one batch counts
 * little: torch's `MovingAverageMinMaxObserver` and `MovingAveragePerChannelMinMaxObserver`, in float32 as there. With m the
 * average and x the extreme of a batch, m ← m + c · (x − m); the first batch is taken as it is.
 *
 * @example
 * const observer = movingAverageObserver({ constant: 0.5 });
 * for (const top of [1, 1, 9]) observer.observe(Float32Array.of(0, top));
 * console.log(observer.parameters().max); // -> [ 5 ]
 *
 * @param options - see {@link MovingAverageObserverOptions}
 * @returns an observer that has seen nothing
 * @throws TypeError or RangeError for wrong options
 */
export function movingAverageObserver(options: MovingAverageObserverOptions = {}): Observer {
  const fn = 'movingAverageObserver';
  checkOptions(fn, options, ['axis', 'constant']);
  const { axis, constant = 0.01 } = options;
  checkAxis(fn, axis);
  checkNumber(`${fn}: constant must be above 0, 1 at most`, constant, (c) => c > 0 && c <= 1);
  return movingAverageFrom({
    kind: 'movingAverage',
    axis: axis === undefined ? null : axis,
    constant,
    batches: 0,
    count: 0,
    min: [],
    max: [],
    firstMin: [],
    firstMax: [],
  });
}
