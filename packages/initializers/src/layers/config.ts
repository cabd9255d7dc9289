type Value = number | string | boolean;
type Options = Readonly<Record<string, Value>>;

/** JSON has no infinity, and tfjs rewrites the case of strings: infinite bounds are saved as `inf` and `-inf`. */
export function encode(options: Options): Record<string, Value> {
  const text = (value: Value) => (value === Infinity ? 'inf' : value === -Infinity ? '-inf' : value);
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, text(value)]));
}

/** The inverse of {@link encode}. */
export function decode(options: Options): Record<string, Value> {
  const number = (value: Value) => (value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value);
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, number(value)]));
}
