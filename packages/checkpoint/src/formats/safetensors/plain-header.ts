import { COUNT, COUNTS, countsOf, inOrder, matchAt, NAME, STRING } from '../json-patterns.ts';
import { textOf } from '../read-json.ts';
import { hasLoneSurrogate } from '../utf-8.ts';
import { dtypeOfName, type SafetensorsDtype } from './safetensors-dtypes.ts';

/** What is made of what a header says of a tensor; offsets count from the end of the header. */
export type MakeEntry<E> = (name: string, dtype: SafetensorsDtype, shape: number[], begin: number, end: number) => E;

const ENTRY = inOrder(
  NAME,
  ':',
  '\\{',
  '"dtype"',
  ':',
  '"(\\w+)"',
  ',',
  '"shape"',
  ':',
  '\\[',
  COUNTS,
  ',',
  '"data_offsets"',
  ':',
  '\\[',
  `(${COUNT})`,
  ',',
  `(${COUNT})`,
  '\\]',
  '\\}',
  '([,}])',
);
const PAIR = inOrder(`(${STRING})`, ':', STRING, '([,}])');
const METADATA = inOrder('"__metadata__"', ':', '\\{');
const AFTER = inOrder('([,}])');
const END = inOrder('$');

/** JSON.parse puts such names before others. */
const isIndex = (name: string): boolean => name.charCodeAt(0) < 0x3a && /^(?:0|[1-9]\d*)$/.test(name);

/** The metadata whose first pair begins at some place, and where they end. */
function metadataAt(text: string, begin: number): { metadata: Record<string, string>; end: number } | null {
  let pairs = 0;
  for (let at = begin; ; pairs++) {
    const found = matchAt(PAIR, text, at);
    if (!found) return null;
    at = PAIR.lastIndex;
    if (found[2] === ',') continue;
    const metadata = JSON.parse(`{${text.slice(begin, at)}`) as Record<string, string>;
    const texts = Object.entries(metadata).flat();
    return texts.length === 2 * pairs + 2 && !texts.some(hasLoneSurrogate) ? { metadata, end: at } : null;
  }
}

/**
 * Reads a header as programs write it: what a tensor must have in its usual order, and no escapes in names. Says nothing of what is
 * wrong with another one, good or not, which is for JSON.parse and every check to find out.
 *
 * @param bytes - the header's JSON
 * @param make - makes entries, which come in the order in which they stand
 * @returns null for a header that is not written so
 */
export function plainHeader<E>(
  bytes: Uint8Array,
  make: MakeEntry<E>,
): { entries: E[]; metadata: Record<string, string> } | null {
  try {
    return read(textOf(bytes), make);
  } catch {
    return null;
  }
}

function read<E>(text: string, make: MakeEntry<E>): { entries: E[]; metadata: Record<string, string> } | null {
  const entries: E[] = [];
  const names = new Set<string>();
  const shapes = new Map<string, number[]>();
  let metadata: Record<string, string> | undefined;
  if (text[0] !== '{') return null;
  for (let at = 1, mark: string | undefined = ','; mark === ','; ) {
    const found = matchAt(ENTRY, text, at);
    if (found) {
      const name = found[1]!;
      const dtype = dtypeOfName(found[2]);
      if (dtype === undefined || name === '__metadata__' || isIndex(name)) return null;
      names.add(name);
      entries.push(make(name, dtype, countsOf(found[3], shapes), Number(found[4]), Number(found[5])));
      mark = found[6]!;
      at = ENTRY.lastIndex;
    } else {
      if (metadata || !matchAt(METADATA, text, at)) return null;
      const there = metadataAt(text, METADATA.lastIndex);
      if (!there) return null;
      metadata = there.metadata;
      mark = matchAt(AFTER, text, there.end)?.[1];
      at = AFTER.lastIndex;
    }
    if (mark !== ',' && !(mark === '}' && matchAt(END, text, at))) return null;
  }
  return names.size === entries.length ? { entries, metadata: metadata ?? {} } : null;
}
