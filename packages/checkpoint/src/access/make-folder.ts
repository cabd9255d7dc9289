/// <reference types="node" />
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { checkType } from '@weightkit/numerics/check';

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function make(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await make(parent);
  try {
    await mkdir(path);
  } catch (error) {
    // Another process may have made it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(path))) throw error;
  }
}

/**
 * Makes a folder and those above it, if they are not there. Not `mkdir` with `recursive`, which never comes back in Node 20
 * where a folder cannot be made but its parent is there, as in `/proc`.
 *
 * @param fn - the function that asks, for the message
 * @param path - the folder
 * @param what - what the folder is to the caller of that function
 * @throws Error as in `fileSystem: folder must be one that can be written, got out/model (ENOTDIR)`
 */
export async function makeFolder(fn: string, path: string, what = 'folder'): Promise<void> {
  checkType(typeof path === 'string' && path !== '', `${fn}: ${what} must be a path`, path);
  try {
    await make(resolve(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = `${fn}: ${what} must be one that can be written, got ${path} (${code})`;
    throw Object.assign(new Error(message, { cause: error }), { code });
  }
}
