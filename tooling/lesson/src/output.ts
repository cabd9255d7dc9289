import { access, constants, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@weightkit/core/node';

/** Makes the output folder, or says that it cannot be written before minutes of work are lost to it. */
export async function prepareFolder(program: string, folder: string): Promise<void> {
  await makeFolder(program, folder);
  await access(folder, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${program}: folder must be one that can be written, got ${folder} (${error.code})`);
  });
}

/** Writes a text file under a temporary name and renames it: there is the old file or the whole new one. */
export async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
