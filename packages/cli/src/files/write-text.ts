import { link, rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from '../output/usage-error.ts';

/**
 * Writes a text file at one stroke: it is whole, or not there.
 *
 * @param force - whether one that is there is replaced
 * @throws UsageError when one is there and is not to be replaced
 */
export async function writeText(path: string, text: string, force: boolean, signal: AbortSignal): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, text, { flush: true, signal });
    if (force) await rename(partial, path);
    // Not `rename`, which takes the place of one that has come meanwhile.
    else await link(partial, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new UsageError(`${path} is there already`, 'give another name, or --force to replace it');
    throw error;
  } finally {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}
