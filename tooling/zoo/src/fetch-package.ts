import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, makeOnce } from '../../../scripts/lib/cache.mjs';
import type { ZooPackage } from './zoo.ts';

const run = promisify(execFile);

/** The folder of a package, or why it could not be had. */
export type Fetched = { folder: string } | { reason: string };

/** The integrity of bytes, as registries say it. */
const integrityOf = (bytes: Uint8Array): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

/** Throws unless the bytes are those that the integrity says. */
export function checkIntegrity(bytes: Uint8Array, integrity: string): void {
  const found = integrityOf(bytes);
  if (found !== integrity) throw new Error(`integrity must be ${integrity}, got ${found}`);
}

/** Packs into `folder` with the user's npm and registry, checks the bytes, unpacks. */
async function pack({ name, version, integrity }: ZooPackage, folder: string): Promise<void> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`];
  await run(npm, args, { cwd: folder, timeout: 300_000, shell: process.platform === 'win32' });
  const tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz'))!);
  checkIntegrity(readFileSync(tarball), integrity);
  await run('tar', ['-xzf', tarball, '-C', folder]);
  rmSync(tarball);
}

/**
 * The unpacked package in the user's cache folder, fetched once. A registry that cannot be reached is a reason, for a test to skip
 * with, and an error under CI; other bytes than those that the integrity says are an error everywhere.
 */
export async function fetchPackage(entry: ZooPackage): Promise<Fetched> {
  const { name, version } = entry;
  const folder = join(cacheFolder(), `zoo-${name.replace('/', '-').replace('@', '')}-${version}`);
  try {
    await makeOnce(folder, (partial: string) => pack(entry, partial));
    return { folder: join(folder, 'package') };
  } catch (error) {
    const { message } = error as Error;
    if (process.env.CI || message.startsWith('integrity')) throw new Error(`zoo: ${name}@${version}: ${message}`);
    return { reason: `${name}@${version} cannot be fetched: ${message.split('\n')[0]}` };
  }
}
