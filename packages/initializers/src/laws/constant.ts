import { checkOptions } from '@weightkit/numerics/check';
import { checkFloat, checkNoOptions, type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link constant}. */
export interface ConstantOptions {
  /**
   * Every entry; finite.
   *
   * @defaultValue 0
   */
  value?: number;
}

function same(name: string, value: number, config: Record<string, number>): Initializer {
  return makeInitializer({
    name,
    config,
    fill: (out) => out.fill(value),
    spread: () => ({ mean: Math.fround(value), std: 0, kurtosis: 1 }),
  });
}

/**
 * Every entry the same.
 *
 * @throws RangeError unless the value is finite
 */
export function constant(options: ConstantOptions = {}): Initializer {
  checkOptions('constant', options, ['value']);
  const { value = 0 } = options;
  checkFloat('constant', 'value', value);
  return same('constant', value, { value });
}

/** Every entry 0. */
export function zeros(...none: []): Initializer {
  checkNoOptions('zeros', none);
  return same('zeros', 0, {});
}

/** Every entry 1. */
export function ones(...none: []): Initializer {
  checkNoOptions('ones', none);
  return same('ones', 1, {});
}
