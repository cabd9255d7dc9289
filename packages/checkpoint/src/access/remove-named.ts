import { isReferenced, isStandard, namedIn } from './index-names.ts';
import type { Files } from './sink.ts';

/** What indexes are read by where there is one writer at a time. */
export interface Listing {
  list(): Promise<string[]>;
  text(file: string): Promise<string>;
}

/**
 * Takes away weight files that an index named and that nothing names any more.
 *
 * @param before - the index's text when it named them
 * @param now - its text, '' where there is none any more
 */
export async function removeNamed(
  files: Files,
  { list, text }: Listing,
  index: string,
  before: string,
  now: string,
): Promise<void> {
  const there = await list();
  const others = there.filter((file) => file !== index && /\.json$/i.test(file));
  const kept = namedIn(now);
  for (const file of namedIn(before))
    if (there.includes(file) && !kept.includes(file) && isStandard(file) && !(await isReferenced(file, others, text)))
      await files.remove(file).catch(() => undefined);
}

/** The same with the index, which has the text `before`. */
export async function removeIndex(files: Files, listing: Listing, index: string, before: string): Promise<void> {
  await files.remove(index);
  await removeNamed(files, listing, index, before, '');
}
