import { NameTaken, type Own } from '../access/sink.ts';
import { drainIndex, type IndexPlan, type Staged } from './drain.ts';
import { checkFree, type Place } from './place.ts';
import { staged } from './write-file.ts';
import type { WriteCheckpointOptions } from './write-options.ts';
import type { WrittenFile } from './write-report.ts';

/** An index and files, whose names are the customary ones or have something of this write's own in them. */
export interface Indexed {
  index: string;
  make: (own: Own | null) => Pick<IndexPlan, 'text' | 'files'>;
}

/**
 * Writes an index and its files. Where there is no index and no file of these names, they have the customary names, else names of
 * their own: the model that is there stays whole until the new index is in its place, and no index ever names files of another write.
 */
export async function writeIndexed(
  { index, make }: Indexed,
  place: Place,
  total: number,
  options: WriteCheckpointOptions,
): Promise<WrittenFile[]> {
  const { sink } = place;
  await checkFree([index], sink, options);
  const own = await sink.own(index);
  const customary = make(null);
  const named = async (files?: Staged): Promise<WrittenFile[]> => {
    const there = await Promise.all([index, ...customary.files.map(({ file }) => file)].map((file) => sink.has(file)));
    const write = (parts: ReturnType<typeof make>): Promise<WrittenFile[]> =>
      drainIndex({ index, own, ...parts }, sink, total, options, files);
    try {
      if (there.includes(true)) return await write(make(own));
      return await write(customary).catch((error) => {
        // Another write has taken one of the names in the meantime.
        if (error instanceof NameTaken && error.kind === 'file') return write(make(own));
        throw error;
      });
    } catch (error) {
      if (error instanceof NameTaken) await checkFree([index], sink, options);
      throw error;
    }
  };
  return staged(customary.files, customary.text, place, total, options, named);
}
