import { CheckpointError, type CheckpointFault, checkFile } from '../checkpoint-error.ts';
import { hasPairs, jsonOf, MAX_DEPTH, type ReadJson, scan, textOf } from './read-json.ts';

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
): ReadJson {
  let text: string;
  try {
    text = textOf(bytes);
  } catch (cause) {
    throw new CheckpointError('text must be UTF-8', 'other bytes', { ...fault, check: 'utf-8', byte: at }, { cause });
  }
  const scanned = scan(bytes);
  const { notDigits, tooDeep } = scanned;
  checkFile(tooDeep < 0, `JSON must be nested ${MAX_DEPTH} deep at most`, 'more', {
    ...fault,
    check: 'json',
    byte: at + tooDeep,
  });
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
  if (!hasPairs(value, scanned))
    throw new CheckpointError('a key must appear once', findDuplicate(text), { ...fault, check: 'duplicate-key' });
  return jsonOf(bytes, value, scanned);
}
