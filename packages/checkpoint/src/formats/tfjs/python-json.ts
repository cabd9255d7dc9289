/** A float as Python's repr writes it: the shortest digits, an exponent below 1e-4 and from 1e16 on, `.0` on whole numbers. */
function pythonFloat(x: number): string {
  if (Object.is(x, -0)) return '-0.0';
  const [digits, exponent] = x.toExponential().split('e') as [string, string];
  const e = Number(exponent);
  if (x !== 0 && (e < -4 || e >= 16)) return `${digits}e${e < 0 ? '-' : '+'}${String(Math.abs(e)).padStart(2, '0')}`;
  const plain = e < 0 ? x.toFixed(Math.min(100, digits.replace(/[-.]/g, '').length - 1 - e)) : String(x);
  return plain.includes('.') ? plain : `${plain}.0`;
}

const asciiOnly = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * JSON as Python's `json.dumps` writes it by default: `", "` and `": "`, ASCII. Numbers are integers; a float is given as
 * `{ float: x }`, JSON that stays as it is as `{ text: json }`.
 */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return asciiOnly(JSON.stringify(value));
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === 'float') return pythonFloat(entries[0]![1] as number);
  if (entries.length === 1 && entries[0]![0] === 'text') return entries[0]![1] as string;
  return `{${entries.map(([key, item]) => `${pythonJson(key)}: ${pythonJson(item)}`).join(', ')}}`;
}
