/** A number for a reader: at most `digits` significant digits, a true minus sign, an exponent only when needed. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value).replace('-', '−');
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return grouped(value);
  const rounded = Number(value.toPrecision(digits));
  // 1.797e308 to three digits is 1.80e308, which is no double.
  if (!Number.isFinite(rounded))
    return value
      .toExponential(digits - 1)
      .replace(/\.?0*e\+/, 'e')
      .replace('-', '−');
  const size = Math.abs(rounded);
  if (Number.isInteger(rounded) && size >= 1e4 && size < 1e6) return grouped(rounded);
  const plain = size >= 1e-4 && size < 1e6;
  return (plain ? String(rounded) : rounded.toExponential().replace('e+', 'e')).replaceAll('-', '−');
}

// Thousands apart from ten thousand on: 9999, 10,000.
function grouped(value: number): string {
  const digits = String(Math.abs(value));
  return (value < 0 ? '−' : '') + (digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ','));
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A count of bytes for a reader, in decimal units (1 kB = 1000 bytes), three significant digits. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (unit < units.length - 1 && Number(size.toPrecision(3)) >= 1000) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : Number(size.toPrecision(3))} ${units[unit]}`;
}
