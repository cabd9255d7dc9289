/** A count with commas: `1,204`. */
export const countText = (count: number): string => count.toLocaleString('en-US');

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in units of 1000, in three digits: `889 kB`, `1.20 MB`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  // 999,500 would be written as 1000 kB.
  while (unit < UNITS.length - 1 && value >= (unit === 0 ? 1000 : 999.5)) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Bytes in units, and exactly: `889 kB (888,972 bytes)`. */
export const exactBytesText = (bytes: number): string =>
  bytes < 1000 ? bytesText(bytes) : `${bytesText(bytes)} (${countText(bytes)} bytes)`;

/** A number in four digits; null and NaN as a dash, infinity as text. */
export function numberText(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '-';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const short = Number(value.toPrecision(4));
  const magnitude = Math.abs(short);
  return magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6) ? short.toExponential() : `${short}`;
}

/** A share in percent: `12.5 %`; one that is not 0 or 1 is never written as if it were. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return '< 0.1 %';
  if (percent < 100 && percent >= 99.95) return '> 99.9 %';
  return `${percent.toFixed(percent === 0 || percent === 100 ? 0 : 1)} %`;
}

/** `1 tensor`, `3 tensors`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countText(count)} ${count === 1 ? one : many}`;

/** A shape as it is written in code: `[3, 3, 8]`. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Numbers as text, runs of them as first-last; the first few. */
export function runsText(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const run = runs.at(-1);
    if (run && run[1] === n - 1) run[1] = n;
    else runs.push([n, n]);
  }
  const shown = runs.slice(0, 8).map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return `${shown.join(', ')}${runs.length > 8 ? ', ...' : ''}`;
}
