const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
/** How deep JSON may be nested. */
export const MAX_DEPTH = 512;

export interface Scan {
  /** Pairs of key and value in all objects. */
  pairs: number;
  /** Where the first number stands that is not written as digits alone; -1 where there is none. */
  notDigits: number;
  /** Of each pair of the outermost object where its key begins, where its colon stands, and where its value has ended. */
  outermost: number[];
  /** Where it is nested too deep, which ends the pass; -1 where it is not. */
  tooDeep: number;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** One pass over JSON, without building it: JSON.parse keeps the last of two equal keys, and says nothing. */
export function scan(bytes: Uint8Array): Scan {
  let pairs = 0;
  let depth = 0;
  let notDigits = -1;
  let begin = 0;
  const outermost: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
    } else if (byte === COLON) {
      pairs++;
      if (depth === 1 && outermost.length % 3 === 0) outermost.push(begin, i);
    } else if (byte === COMMA) {
      if (depth !== 1) continue;
      if (outermost.length % 3 === 2) outermost.push(i);
      begin = i + 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) return { pairs, notDigits, outermost, tooDeep: i };
      if (depth === 1) begin = i + 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth-- === 1 && outermost.length % 3 === 2) outermost.push(i);
    } else if (
      notDigits < 0 &&
      (byte === 0x2e ||
        byte === 0x2d ||
        byte === 0x2b ||
        ((byte === 0x65 || byte === 0x45) && isDigit(bytes[i - 1] ?? 0)))
    )
      notDigits = i;
  }
  return { pairs, notDigits, outermost, tooDeep: -1 };
}

/** The pairs of key and value in all objects. */
function countPairs(value: object): number {
  let pairs = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item === 'object' && item !== null) pairs += countPairs(item);
    }
    return pairs;
  }
  for (const key in value) {
    pairs++;
    const below = (value as Record<string, unknown>)[key];
    if (typeof below === 'object' && below !== null) pairs += countPairs(below);
  }
  return pairs;
}

/** What was read. */
export interface ReadJson {
  value: unknown;
  /** The pairs of the outermost object, which it is, the values as the text that stands there. */
  outermost: () => [key: string, json: string][];
  /** Whether a key of that object begins at some byte. */
  keyAt: (place: number) => boolean;
}

function outermostTexts(bytes: Uint8Array, places: readonly number[]): [key: string, json: string][] {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const text = (begin: number, end: number): string => decoder.decode(bytes.subarray(begin, end)).trim();
  const entries: [string, string][] = [];
  for (let i = 0; i + 2 < places.length; i += 3) {
    const [begin, colon, end] = places.slice(i, i + 3) as [number, number, number];
    entries.push([JSON.parse(text(begin, colon)) as string, text(colon + 1, end)]);
  }
  return entries;
}

/** The text of bytes, with its mark of byte order, for JSON.parse to refuse. */
export const textOf = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

/** Whether a value has the pairs that its text has: else a key stood twice. */
export const hasPairs = (value: unknown, { pairs }: Scan): boolean =>
  (typeof value === 'object' && value !== null ? countPairs(value) : 0) === pairs;

/** What is given of a value that was read. */
export const jsonOf = (bytes: Uint8Array, value: unknown, { outermost }: Scan): ReadJson => ({
  value,
  outermost: () => outermostTexts(bytes, outermost),
  keyAt: (place) =>
    outermost.some((begin, i) => i % 3 === 0 && begin <= place && place === bytes.indexOf(QUOTE, begin)),
});

/** JSON from bytes; null for what `strictJson`, whose checks are the same, refuses with a reason. */
export function readJson(bytes: Uint8Array): ReadJson | null {
  try {
    const text = textOf(bytes);
    const scanned = scan(bytes);
    const value: unknown = scanned.tooDeep < 0 ? JSON.parse(text) : undefined;
    return scanned.tooDeep < 0 && hasPairs(value, scanned) ? jsonOf(bytes, value, scanned) : null;
  } catch {
    return null;
  }
}
