import { CheckpointError, type CheckpointFault, checkFile } from '../checkpoint-error.ts';

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const MAX_DEPTH = 512;

interface Scan {
  /** Pairs of key and value in all objects. */
  pairs: number;
  /** Where the first number stands that is not written as digits alone; -1 where there is none. */
  notDigits: number;
  /** Of each pair of the outermost object where its key begins, where its colon stands, and where its value has ended. */
  outermost: number[];
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** One pass over JSON, without building it: JSON.parse keeps the last of two equal keys, and says nothing. */
function scan(bytes: Uint8Array, fault: Omit<CheckpointFault, 'check'>, at: number): Scan {
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
      if (++depth > MAX_DEPTH)
        throw new CheckpointError(`JSON must be nested ${MAX_DEPTH} deep at most`, 'more', {
          ...fault,
          check: 'json',
          byte: at + i,
        });
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
  return { pairs, notDigits, outermost };
}

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

/** The first key that stands twice in one object. */
function findDuplicate(text: string): string {
  const objects: (Set<string> | null)[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (const [found, colon] of text.matchAll(token)) {
    if (found === '{') objects.push(new Set());
    else if (found === '[') objects.push(null);
    else if (found === '}' || found === ']') objects.pop();
    else if (colon) {
      const key = JSON.parse(found.slice(0, found.length - colon.length)) as string;
      const keys = objects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return 'a key twice';
}

/** What was read. */
interface StrictJson {
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

/**
 * JSON from bytes: UTF-8 decoded strictly, keys that stand twice refused, nesting bounded.
 *
 * @param bytes - the text
 * @param fault - what messages name
 * @param options - `at`: the file's byte at which the text begins; `digitsOnly`: whether every number must be written as digits
 */
export function strictJson(
  bytes: Uint8Array,
  fault: Omit<CheckpointFault, 'check'>,
  { at = 0, digitsOnly = false }: { at?: number; digitsOnly?: boolean } = {},
): StrictJson {
  let text: string;
  try {
    // The mark of byte order is kept, for JSON.parse to refuse.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError('text must be UTF-8', 'other bytes', { ...fault, check: 'utf-8', byte: at }, { cause });
  }
  const { pairs, notDigits, outermost } = scan(bytes, fault, at);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const place = /position (\d+)/.exec((cause as Error).message)?.[1];
    const byte = place === undefined ? at : at + new TextEncoder().encode(text.slice(0, Number(place))).length;
    throw new CheckpointError('text must be JSON', text.slice(0, 40), { ...fault, check: 'json', byte }, { cause });
  }
  checkFile(!digitsOnly || notDigits < 0, 'numbers must be written as digits', text.slice(notDigits, notDigits + 20), {
    ...fault,
    check: 'json-number',
    byte: at + notDigits,
  });
  if ((typeof value === 'object' && value !== null ? countPairs(value) : 0) !== pairs)
    throw new CheckpointError('a key must appear once', findDuplicate(text), { ...fault, check: 'duplicate-key' });
  return {
    value,
    outermost: () => outermostTexts(bytes, outermost),
    keyAt: (place) =>
      outermost.some((begin, i) => i % 3 === 0 && begin <= place && place === bytes.indexOf(QUOTE, begin)),
  };
}
