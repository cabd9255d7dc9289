type Value = number | string | boolean;
type Options = Readonly<Record<string, Value>>;

const WORDS: readonly (readonly [string, number])[] = [
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['-0', -0],
];

const mapped = (options: Options, change: (value: Value) => Value): Record<string, Value> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, change(value)]));

/** JSON has no infinity and no -0, and tfjs rewrites the case of strings: they are saved as `inf`, `-inf` and `-0`. */
export const encode = (options: Options): Record<string, Value> =>
  mapped(options, (value) => WORDS.find(([, number]) => Object.is(number, value))?.[0] ?? value);

/** The inverse of {@link encode}. */
export const decode = (options: Options): Record<string, Value> =>
  mapped(options, (value) => WORDS.find(([word]) => word === value)?.[1] ?? value);
