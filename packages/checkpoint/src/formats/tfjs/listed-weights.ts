import type { ByteSource } from '../../access/byte-source.ts';
import type { CheckpointTensor, Extras } from '../../checkpoint.ts';
import { checkFile } from '../../checkpoint-error.ts';
import { storedTensor } from '../../stored-tensor.ts';
import type { TfjsEntry } from './plain-entry.ts';

/** Names must be told apart: stock keeps the last of two. */
export function checkNames(entries: readonly TfjsEntry[], file: string): void {
  const seen = new Set<string>();
  for (const { name } of entries) {
    // What messages are made of is made only where one is needed, here and below: there may be many thousands of weights.
    if (seen.has(name))
      checkFile(false, 'a weight must have a name of its own', name, { check: 'duplicate-name', file, tensor: name });
    seen.add(name);
  }
}

/** What the entries say beside what a tensor has, as `group` of an optimizer's weights. */
export function restOf(entries: readonly TfjsEntry[]): Pick<Extras, 'entries'> {
  const rest = new Map<string, TfjsEntry['rest']>();
  for (const entry of entries) if (entry.rest.length > 0) rest.set(entry.name, entry.rest);
  return rest.size > 0 ? { entries: rest } : {};
}

/** The tensors of weights that lie one after the other in one source, in the manifest's order. */
export async function tensorsIn(
  source: ByteSource,
  entries: readonly TfjsEntry[],
  files: readonly ByteSource[],
  file: string,
): Promise<CheckpointTensor[]> {
  const least = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const exact = !entries.some(({ dtype }) => dtype === 'string');
  if (least > source.size || (exact && least !== source.size)) {
    const wrong = await import(/* webpackChunkName: "weightkit-wrong-length" */ './wrong-length.ts');
    await wrong.wrongLength(source.size, least, exact, files, file);
  }
  let known = entries;
  if (!exact) {
    const strings = await import(/* webpackChunkName: "weightkit-with-strings" */ './with-strings.ts');
    known = await strings.withStrings(source, entries, file);
  }
  let at = 0;
  return known.map(({ name, shape, dtype, encoding, codec, bytes }) => {
    const begin = at;
    at += bytes;
    return storedTensor({ name, shape, dtype, encoding, codec, source, begin, end: at });
  });
}
