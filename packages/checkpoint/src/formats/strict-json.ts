import { CheckpointError, type CheckpointFault, checkFile } from '../checkpoint-error.ts';

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const MAX_DEPTH = 512;

interface Scan {
  /** Pairs of key and value in all objects. */
  pairs: number;
  /** Where the first number stands that is not written as digits alone; -1 where there is none. */
  notDigits: number;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** One pass over JSON, without building it: JSON.parse keeps the last of two equal keys, and says nothing. */
function scan(bytes: Uint8Array, fault: Omit<CheckpointFault, 'check'>, at: number): Scan {
  let [pairs, depth, notDigits] = [0, 0, -1];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
    } else if (byte === COLON) pairs++;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH)
        throw new CheckpointError(`JSON must be nested ${MAX_DEPTH} deep at most`, 'more', {
          ...fault,
          check: 'json',
          byte: at + i,
        });
    } else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (
      notDigits < 0 &&
      (byte === 0x2e ||
        byte === 0x2d ||
        byte === 0x2b ||
        ((byte === 0x65 || byte === 0x45) && isDigit(bytes[i - 1] ?? 0)))
    )
      notDigits = i;
  }
  return { pairs, notDigits };
}

function countPairs(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let pairs = 0;
  if (Array.isArray(value)) for (const item of value) pairs += countPairs(item);
  else
    for (const key in value) {
      pairs += 1;
      const below = (value as Record<string, unknown>)[key];
      if (typeof below === 'object') pairs += countPairs(below);
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
): { value: unknown; text: string } {
  let text: string;
  try {
    // The mark of byte order is kept, for JSON.parse to refuse.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CheckpointError('text must be UTF-8', 'other bytes', { ...fault, check: 'utf-8', byte: at }, { cause });
  }
  const { pairs, notDigits } = scan(bytes, fault, at);
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
  if (countPairs(value) !== pairs)
    throw new CheckpointError('a key must stand once', findDuplicate(text), { ...fault, check: 'duplicate-key' });
  return { value, text };
}

/** The entries of a JSON object as the text that stands there; the object has been parsed before. */
export function topLevelTexts(text: string): [key: string, json: string][] {
  const entries: [string, string][] = [];
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;
  let depth = 0;
  let key: string | undefined;
  let valueAt = -1;
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found === '{' || found === '[') depth++;
    const ends = depth === 1 && (found === ',' || found === '}');
    if (ends && key !== undefined) {
      entries.push([key, text.slice(valueAt, index).trim()]);
      [key, valueAt] = [undefined, -1];
    }
    if (found === '}' || found === ']') depth--;
    else if (depth === 1 && found === ':' && valueAt < 0) valueAt = index + 1;
    else if (depth === 1 && valueAt < 0 && found.startsWith('"')) key = JSON.parse(found) as string;
  }
  return entries;
}
