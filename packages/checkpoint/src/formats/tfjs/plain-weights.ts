import { COUNTS, countsOf, inOrder, matchAt, NAME, STRING } from '../json-patterns.ts';
import { readJson, textOf } from '../read-json.ts';
import { plainEntry, type TfjsEntry } from './plain-entry.ts';

const KEY = '"weightsManifest"';
const MANIFEST = inOrder(KEY, ':', '\\[');
const GROUP = inOrder('\\{', '"paths"', ':', `\\[(?:[^"\\]]|${STRING})*\\]`, ',', '"weights"', ':', '\\[');
/** A weight: its name, and what else it says, in which most weights of a file are equal to some other. */
const WEIGHT = inOrder('\\{', '"name"', ':', NAME, ',', '("shape"[^"}]*"dtype"[^"}]*"\\w+")', '\\}', '([,\\]])');
const SHAPE_AND_DTYPE = inOrder('"shape"', ':', '\\[', COUNTS, ',', '"dtype"', ':', '"(\\w+)"', '$');
const GROUP_END = inOrder('\\}', '([,\\]])');

/** A model.json whose weights have been read. */
export interface PlainWeights {
  /** What it holds beside them: their lists are empty. */
  value: { weightsManifest: unknown[] };
  /** The weights of each group. */
  groups: TfjsEntry[][];
  /** The pairs of the outermost object, the values as the text that stands there. */
  outermost: () => [key: string, json: string][];
}

/** What weights without a name are, by the text that says it. */
type Known = Map<string, TfjsEntry>;

function weightOf(name: string, text: string, known: Known): TfjsEntry | null {
  let like = known.get(text);
  if (!like) {
    const found = matchAt(SHAPE_AND_DTYPE, text, 0);
    const made = found && plainEntry('', countsOf(found[1]), found[2]!);
    if (!made) return null;
    known.set(text, made);
    like = made;
  }
  const { shape, dtype, encoding, codec, bytes, rest } = like;
  return { name, shape: shape.slice(), dtype, encoding, codec, bytes, rest };
}

/** The weights of a group whose list begins at some place, and where it ends; null where one is not plain. */
function weightsAt(text: string, begin: number, known: Known): { weights: TfjsEntry[]; end: number } | null {
  const weights: TfjsEntry[] = [];
  for (let at = begin; ; ) {
    const found = matchAt(WEIGHT, text, at);
    const weight = found && weightOf(found[1]!, found[2]!, known);
    if (!weight) return null;
    weights.push(weight);
    at = WEIGHT.lastIndex;
    if (found[3] === ']') return { weights, end: at - 1 };
  }
}

/** Takes the weights out of a model.json; null where one has more than name, shape and dtype, or is written in another way. */
function cut(text: string): { rest: string; key: number; groups: TfjsEntry[][] } | null {
  const key = text.indexOf(KEY);
  if (key < 0 || !matchAt(MANIFEST, text, key)) return null;
  const groups: TfjsEntry[][] = [];
  const known: Known = new Map();
  let rest = '';
  let from = 0;
  for (let at = MANIFEST.lastIndex, mark: string | undefined = ','; mark === ','; ) {
    if (!matchAt(GROUP, text, at)) return null;
    const begin = GROUP.lastIndex;
    const found = weightsAt(text, begin, known);
    if (!found) return null;
    groups.push(found.weights);
    rest += text.slice(from, begin);
    from = found.end;
    mark = matchAt(GROUP_END, text, from + 1)?.[1];
    at = GROUP_END.lastIndex;
    if (mark === undefined) return null;
  }
  return { rest: rest + text.slice(from), key, groups };
}

/**
 * Reads a model.json whose weights are written as programs write those that are not quantized. Says nothing of what is wrong with
 * another one, good or not, which is for JSON.parse and every check to find out.
 *
 * @param bytes - of the file
 * @returns null for one that is not written so
 */
export function plainWeights(bytes: Uint8Array): PlainWeights | null {
  try {
    const found = cut(textOf(bytes));
    if (!found) return null;
    const { rest, key, groups } = found;
    const encoded = new TextEncoder().encode(rest);
    const json = readJson(encoded);
    if (!json) return null;
    const { value, outermost, keyAt } = json;
    // What was cut out was that of the outermost object and no other one's.
    const place = new TextEncoder().encode(rest.slice(0, key)).length;
    return keyAt(place) ? { value: value as PlainWeights['value'], groups, outermost } : null;
  } catch {
    return null;
  }
}
