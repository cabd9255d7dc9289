import { access, constants, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the output folder, or says why it cannot be written, before an hour of work is lost to it. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if (!(await stat(folder)).isDirectory()) throw new Error('a file');
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`tour: --out must be a folder that can be written, got ${folder} (${code ?? message})`);
  }
}

/** Writes a text file under a temporary name and renames it: there is the old file or the whole new one. */
export async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}
