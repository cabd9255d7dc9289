import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSystem, makeFolder } from '@weightkit/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('makeFolder', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'weightkit-make-folder-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('makeFolder(fn, path) makes a folder and those above it, and leaves one that is there', async () => {
    const path = join(root, 'a/b/c');
    await Promise.all([makeFolder('f', path), makeFolder('f', path)]);
    expect((await stat(path)).isDirectory()).toBe(true);
    await makeFolder('f', path);
  });

  it('makeFolder(fn, path) says in the one form of error that a folder cannot be', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(makeFolder('f', file)).rejects.toThrow(
      `f: folder must be one that can be written, got ${file} (EEXIST)`,
    );
    await expect(makeFolder('f', join(file, 'x'))).rejects.toThrow(/^f: folder must be .*ENOTDIR\)$/);
  });

  it('makeFolder and fileSystem come back from a folder that takes none', async ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux has /proc');
    await expect(makeFolder('f', '/proc/weightkit/x')).rejects.toThrow('f: folder must be one that can be written');
    const save = fileSystem('/proc/weightkit/x').save({
      modelTopology: {},
      weightSpecs: [],
      weightData: new ArrayBuffer(0),
    });
    await expect(save).rejects.toThrow('fileSystem: folder must be one that can be written, got /proc/weightkit/x');
  });
});
