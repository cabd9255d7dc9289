import type { WeightExam } from './exam.ts';

/** The units whose incoming weights in a kernel are all 0. */
export function cutOff({ units, values }: Pick<WeightExam, 'units' | 'values'>): Set<number> {
  const found = new Set<number>();
  for (let unit = 0; unit < (units?.units ?? 0); unit++) {
    let isZero = true;
    for (let i = 0; isZero && i < units!.size; i++) isZero = values[units!.entry(unit, i)] === 0;
    if (isZero) found.add(unit);
  }
  return found;
}
