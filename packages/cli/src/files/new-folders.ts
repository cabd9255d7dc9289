import { rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Remembers which folders of a path are not there yet.
 *
 * @returns takes them away again where they are empty
 */
export async function newFolders(folder: string): Promise<() => Promise<void>> {
  const missing: string[] = [];
  for (let at = folder; !(await stat(at).catch(() => undefined)); at = dirname(at)) {
    if (at === dirname(at)) break;
    missing.push(at);
  }
  return async () => {
    // The innermost first; one that holds something stays, and so do those above it.
    for (const one of missing) await rmdir(one).catch(() => undefined);
  };
}
