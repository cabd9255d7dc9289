/** A lesson's default run as its `default.json` keeps it. */
export interface StoredRun {
  made: {
    by: string;
    /** wasm, whose sums are the same on every processor. */
    backend: string;
    /** Hash of the experiment's files, of the initial values and of the versions of TensorFlow.js and of the data. */
    inputs: string;
  };
  /** What the run says, from its result at full precision. */
  summary: string[];
  /** The result, rounded; see `decodeResult`. */
  result: unknown;
}

/** What JSON has no numbers for, and typed arrays, stand in objects with one of these two keys. */
const NUMBER = '$number';
const TYPED = '$typed';
const KINDS = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array };
type Kind = keyof typeof KINDS;

const isTyped = (value: object): value is InstanceType<(typeof KINDS)[Kind]> =>
  ArrayBuffer.isView(value) && Object.hasOwn(KINDS, value.constructor.name);

/** Plain data and typed arrays as JSON has them, numbers rounded to so many significant digits. */
export function encodeResult(value: unknown, digits = 6): unknown {
  if (typeof value === 'number')
    return Number.isFinite(value) ? Number(value.toPrecision(digits)) : { [NUMBER]: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (isTyped(value))
    return { [TYPED]: value.constructor.name, values: Array.from(value, (entry) => encodeResult(entry, digits)) };
  if (Array.isArray(value)) return value.map((entry) => encodeResult(entry, digits));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, encodeResult(entry, digits)]));
}

/** The result that `encodeResult` made JSON of, but for its rounding. */
export function decodeResult(stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null) return stored;
  if (Array.isArray(stored)) return stored.map(decodeResult);
  if (NUMBER in stored) return Number(stored[NUMBER]);
  if (TYPED in stored) {
    const { values } = stored as unknown as { values: unknown[] };
    return KINDS[stored[TYPED] as Kind].from(values.map(decodeResult) as number[]);
  }
  return Object.fromEntries(Object.entries(stored).map(([key, entry]) => [key, decodeResult(entry)]));
}
