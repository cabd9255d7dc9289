// The published packages: their folders, and their tarballs as npm makes them.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './root.mjs';

const run = promisify(execFile);

/** `[{name, folder, manifest}]` of every package under a root, by name. */
export function packagesOf(from = root) {
  const folder = join(from, 'packages');
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
      return { name: manifest.name, folder: join(folder, name), manifest };
    });
}

/**
 * Packs packages into a folder: `[{name, version, file, bytes, unpacked, files}]`. npm reads a whole node_modules before it packs,
 * which takes seconds for each package, so it packs copies without.
 */
export async function pack(packages, into) {
  const copies = mkdtempSync(join(tmpdir(), 'weightkit-pack-'));
  mkdirSync(into, { recursive: true });
  try {
    for (const { folder } of packages)
      cpSync(folder, join(copies, basename(folder)), {
        recursive: true,
        filter: (path) => !/[\\/](node_modules|\.turbo)$/.test(path),
      });
    const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', into];
    const { stdout } = await run('npm', [...args, ...packages.map(({ folder }) => `./${basename(folder)}`)], {
      cwd: copies,
      maxBuffer: 1 << 26,
      shell: process.platform === 'win32',
    });
    return JSON.parse(stdout).map(({ name, version, filename, size, unpackedSize, files }) => ({
      name,
      version,
      file: join(into, filename.replace('@', '').replace('/', '-')),
      bytes: size,
      unpacked: unpackedSize,
      files: files.map(({ path }) => path),
    }));
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
}
