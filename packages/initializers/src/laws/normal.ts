import { fillNormal } from '@weightkit/numerics';
import { checkOptions, checkRange } from '@weightkit/numerics/check';
import { checkFloat, type Initializer, makeInitializer } from './initializer.ts';

/** Options of {@link normal}. */
export interface NormalOptions {
  /**
   * Mean; finite.
   *
   * @defaultValue 0
   */
  mean?: number;
  /**
   * Standard deviation; finite, 0 or more. 0 gives the mean.
   *
   * @defaultValue 0.05
   */
  std?: number;
}

/**
 * Throws unless the mean is finite, the standard deviation finite and not negative, and every value that may come out finite:
 * normal float32 variates lie within ±6, those beyond a bound of more than 6 close to it.
 */
export function checkNormal(law: string, mean: number, std: number, lower = -Infinity, upper = Infinity): void {
  checkFloat(law, 'mean', mean);
  checkFloat(law, 'std', std);
  checkRange(std >= 0, `${law}: std must be 0 or more`, std);
  const nearest = Math.min(Math.max(0, lower), upper);
  const ends = [Math.max(lower, nearest - 6), Math.min(upper, nearest + 6)].map((end) => mean + std * end);
  checkRange(
    std === 0 || ends.every((end) => Number.isFinite(Math.fround(end))),
    `${law}: mean and std must give finite float32 values`,
    [mean, std],
  );
}

/**
 * Normal, nothing cut off: mean + std z. The defaults are Keras's.
 *
 * @throws RangeError unless the mean is finite and std finite and 0 or more
 */
export function normal(options: NormalOptions = {}): Initializer {
  checkOptions('normal', options, ['mean', 'std']);
  const { mean = 0, std = 0.05 } = options;
  checkNormal('normal', mean, std);
  return makeInitializer({
    name: 'normal',
    config: { mean, std },
    fill: (out, key) => fillNormal(out, key, { mean, std }),
    spread: () => ({ mean, std, kurtosis: 3 }),
  });
}
