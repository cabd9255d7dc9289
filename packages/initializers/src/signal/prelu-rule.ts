import { type Activated, activated, type Moments } from './activation-grid.ts';
import { combine, type Grid } from './grid.ts';
import { RELU } from './signal-activation.ts';

/**
 * What z for z > 0 and α z below makes of normal numbers, exactly, for the α of each place: of what relu gives,
 * E f = E z⁺ + α (E z - E z⁺), E f² = E z⁺² + α² (E z² - E z⁺²), E f'² = P(z > 0) + α² P(z < 0).
 */
export function preluMoments(z: Moments, alpha: Grid): Activated {
  const above = activated(RELU, z)!;
  return {
    mean: combine([z.mean, above.mean, alpha], (all, part, a) => part! + a! * (all! - part!)),
    square: combine([z.square, above.square, alpha], (all, part, a) => part! + a! * a! * (all! - part!)),
    slope: combine([above.slope, alpha], (share, a) => share! + a! * a! * (1 - share!)),
  };
}
