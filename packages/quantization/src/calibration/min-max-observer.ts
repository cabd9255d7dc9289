import { checkOptions } from '@weightkit/numerics/check';
import { channelExtents, checkAxis, checkSameAxis, stateOf } from './channel-extents.ts';
import { checkedMinMax } from './check-state.ts';
import { checkParameters, gridOf, type MinMaxState, type Observer } from './observer.ts';

/** Options of {@link minMaxObserver}. */
export interface MinMaxObserverOptions {
  /**
   * The axis whose indices have a range each; below 0 it counts from the end. Channels of activations and outputs of kernels are the last
   * axis, −1.
   *
   * @defaultValue one range for all values
   */
  axis?: number | undefined;
}

/** An observer that goes on from a state. */
export function minMaxFrom(start: MinMaxState): Observer {
  const fn = 'minMaxObserver';
  const state = structuredClone(start);
  const take = (min: ArrayLike<number>, max: ArrayLike<number>): void => {
    const first = state.min.length === 0;
    state.min = Array.from(min, (x, k) => (first ? x : Math.min(state.min[k]!, x)));
    state.max = Array.from(max, (x, k) => (first ? x : Math.max(state.max[k]!, x)));
  };
  return {
    kind: 'minMax',
    get count() {
      return state.count;
    },
    observe(values, shape) {
      const found = channelExtents(`${fn}.observe`, values, shape, state.axis, state.min.length);
      if (found === null) return;
      take(found.min, found.max);
      state.count += values.length;
    },
    merge(other) {
      const seen = stateOf(`${fn}.merge`, other, 'minMax', checkedMinMax);
      checkSameAxis(`${fn}.merge`, state, seen);
      if (seen.count === 0) return;
      take(seen.min, seen.max);
      state.count += seen.count;
    },
    parameters(options = {}) {
      return gridOf(state.min, state.max, checkParameters(`${fn}.parameters`, options, state.count), 0);
    },
    toJSON: () => structuredClone(state),
  };
}

/**
 * Observes the least and the greatest value of all batches, or of each channel: torch's `MinMaxObserver` and
 * `PerChannelMinMaxObserver`. Nothing is clipped, and one outlier makes the steps of all others larger.
 *
 * Scales and zero points are torch's, to the bit: a scale is 2⁻²³ or more.
 *
 * @example
 * const observer = minMaxObserver();
 * observer.observe(Float32Array.of(-1, 0.5));
 * observer.observe(Float32Array.of(0, 1.55));
 * const { min, max, scales, zeroPoints } = observer.parameters({ dtype: 'uint8' });
 * console.log(min, max[0].toFixed(2), scales[0].toFixed(2), zeroPoints); // -> [ -1 ] 1.55 0.01 [ 100 ]
 *
 * @param options - see {@link MinMaxObserverOptions}
 * @returns an observer that has seen nothing
 * @throws TypeError or RangeError for wrong options
 */
export function minMaxObserver(options: MinMaxObserverOptions = {}): Observer {
  const fn = 'minMaxObserver';
  checkOptions(fn, options, ['axis']);
  const { axis } = options;
  checkAxis(fn, axis);
  return minMaxFrom({ kind: 'minMax', axis: axis === undefined ? null : axis, count: 0, min: [], max: [] });
}
