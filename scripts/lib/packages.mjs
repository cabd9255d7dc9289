// The published packages: their folders, and their tarballs as npm makes them.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './root.mjs';

const run = promisify(execFile);

/** What a package is for: a `command` has programs that are run, a `library` entries that are imported. */
export const kindOf = ({ bin }) => (bin ? 'command' : 'library');

/** `[{name, kind, folder, manifest}]` of every package under a root, by folder. */
export function packagesOf(from = root) {
  const folder = join(from, 'packages');
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
      return { name: manifest.name, kind: kindOf(manifest), folder: join(folder, name), manifest };
    });
}

/** Packages in an order in which each comes after those that it depends on. */
export function dependenciesFirst(packages) {
  const ordered = new Set();
  const take = (one) => {
    if (ordered.has(one)) return;
    for (const other of packages) if (other.name in (one.manifest.dependencies ?? {})) take(other);
    ordered.add(one);
  };
  for (const one of packages) take(one);
  return [...ordered];
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
