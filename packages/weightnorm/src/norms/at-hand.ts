// The arithmetic of weight norm on values in main memory, in float64, where no square of a float32 over- or underflows: a few runs over
// a weight in place of a dozen operations, each of which is a run over it and, on tfjs-node, a call out of JavaScript.

/** Where the units are of a tensor with the axes [before, units, after]. */
export interface UnitPlaces {
  /** The product of the sizes before the unit axes. */
  before: number;
  /** How many units there are. */
  units: number;
  /** The product of the sizes behind the unit axes. */
  after: number;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Where the units are; null where their axes are not neighbors. Without axes all is one unit. */
export function unitPlaces(shape: readonly number[], axes: readonly number[]): UnitPlaces | null {
  const [first = 0] = axes;
  if (axes.some((axis, i) => axis !== first + i)) return null;
  return {
    before: product(shape.slice(0, first)),
    units: product(shape.slice(first, first + axes.length)),
    after: product(shape.slice(first + axes.length)),
  };
}

// Where units are columns, what is of a unit is taken up once for four rows, in half the time; then come the rows that are left.

function dotOfColumns(x: Float32Array, y: Float32Array, rows: number, units: number): Float64Array {
  const sums = new Float64Array(units);
  const [second, third, fourth] = [units, 2 * units, 3 * units];
  const end = rows * units;
  let i = 0;
  for (; i + fourth < end; i += fourth)
    for (let u = 0; u < units; u++, i++)
      sums[u]! +=
        x[i]! * y[i]! +
        x[i + second]! * y[i + second]! +
        (x[i + third]! * y[i + third]! + x[i + fourth]! * y[i + fourth]!);
  while (i < end) for (let u = 0; u < units; u++, i++) sums[u]! += x[i]! * y[i]!;
  return sums;
}

/** Σ x · y over each unit. */
export function dotOfUnits(x: Float32Array, y: Float32Array, { before, units, after }: UnitPlaces): Float64Array {
  if (after === 1) return dotOfColumns(x, y, before, units);
  const sums = new Float64Array(units);
  let i = 0;
  for (let a = 0; a < before; a++)
    for (let u = 0; u < units; u++) {
      let sum = 0;
      for (const end = i + after; i < end; i++) sum += x[i]! * y[i]!;
      sums[u]! += sum;
    }
  return sums;
}

function scaleColumns(x: Float32Array, scale: Float64Array, rows: number, out: Float32Array): void {
  const units = scale.length;
  const [second, third, fourth] = [units, 2 * units, 3 * units];
  const end = rows * units;
  let i = 0;
  for (; i + fourth < end; i += fourth)
    for (let u = 0; u < units; u++, i++) {
      const by = scale[u]!;
      out[i] = x[i]! * by + 0;
      out[i + second] = x[i + second]! * by + 0;
      out[i + third] = x[i + third]! * by + 0;
      out[i + fourth] = x[i + fourth]! * by + 0;
    }
  while (i < end) for (let u = 0; u < units; u++, i++) out[i] = x[i]! * scale[u]! + 0;
}

/** x · scale with one scale per unit into `out`; + 0, so that no entry is −0. */
export function scaleUnits(
  x: Float32Array,
  scale: Float64Array,
  { before, units, after }: UnitPlaces,
  out: Float32Array,
): Float32Array {
  if (after === 1) scaleColumns(x, scale, before, out);
  else
    for (let a = 0, i = 0; a < before; a++)
      for (let u = 0; u < units; u++) {
        const by = scale[u]!;
        for (const end = i + after; i < end; i++) out[i] = x[i]! * by + 0;
      }
  return out;
}

function columnsWithoutPart(
  [x, scale]: readonly [Float32Array, Float64Array],
  [y, part]: readonly [Float32Array, Float64Array],
  rows: number,
  out: Float32Array,
): void {
  const units = scale.length;
  const [second, third, fourth] = [units, 2 * units, 3 * units];
  const end = rows * units;
  let i = 0;
  for (; i + fourth < end; i += fourth)
    for (let u = 0; u < units; u++, i++) {
      const by = scale[u]!;
      const less = part[u]!;
      out[i] = x[i]! * by - y[i]! * less;
      out[i + second] = x[i + second]! * by - y[i + second]! * less;
      out[i + third] = x[i + third]! * by - y[i + third]! * less;
      out[i + fourth] = x[i + fourth]! * by - y[i + fourth]! * less;
    }
  while (i < end) for (let u = 0; u < units; u++, i++) out[i] = x[i]! * scale[u]! - y[i]! * part[u]!;
}

/** x · scale − y · part with one scale and one part per unit, into `out`. */
export function withoutPart(
  [x, scale]: readonly [Float32Array, Float64Array],
  [y, part]: readonly [Float32Array, Float64Array],
  { before, units, after }: UnitPlaces,
  out: Float32Array,
): Float32Array {
  if (after === 1) columnsWithoutPart([x, scale], [y, part], before, out);
  else
    for (let a = 0, i = 0; a < before; a++)
      for (let u = 0; u < units; u++) {
        const [by, less] = [scale[u]!, part[u]!];
        for (const end = i + after; i < end; i++) out[i] = x[i]! * by - y[i]! * less;
      }
  return out;
}

/** Whether no entry of a unit is as large as `smallest`; NaN is. */
function isBelow(x: Float32Array, smallest: number, unit: number, { before, units, after }: UnitPlaces): boolean {
  for (let a = 0; a < before; a++)
    for (let i = (a * units + unit) * after, end = i + after; i < end; i++)
      if (!(Math.abs(x[i]!) < smallest)) return false;
  return true;
}

/** The norm of each unit: 0 where no entry is as large as `smallest`, NaN where one is not finite. */
export function normsOfUnits(x: Float32Array, smallest: number, places: UnitPlaces): Float64Array {
  const sure = smallest * Math.sqrt(places.before * places.after);
  return dotOfUnits(x, x, places).map((square, unit) => {
    const norm = Math.sqrt(square);
    if (norm < sure && isBelow(x, smallest, unit, places)) return 0;
    return norm < Number.POSITIVE_INFINITY ? norm : Number.NaN;
  });
}
