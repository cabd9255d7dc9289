/// <reference types="node" />
import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isReferenced, isStandard, namedIn } from './index-names.ts';

/** What one write makes before it is done: files, and their index under a name that tells who writes it. */
export interface SaveFiles {
  /** What no other write has in its names. */
  id: string;
  /** The name of a weight file that no other write uses. */
  weightsName: string;
  weights: string;
  /** Made before the files and renamed to the index's name after them: as long as it is there, they are being written. */
  pending: string;
}

const DAY = 24 * 3600 * 1000;

const here = async (): Promise<string> => {
  const facts = await Promise.all(
    // Process ids mean nothing in another container, or after a new start of the machine.
    [readlink('/proc/self/ns/pid'), readFile('/proc/sys/kernel/random/boot_id', 'utf8')].map((fact) =>
      fact.catch(() => ''),
    ),
  );
  return createHash('sha256')
    .update([hostname(), ...facts].join('\n'))
    .digest('hex')
    .slice(0, 8);
};
let machine: Promise<string> | undefined;

/** `a` of `a.json`; where a URL would need escapes, letters and a hash: stock loaders join names to URLs as they are. */
function stem(json: string): string {
  const name = basename(json).replace(/\.json$/, '');
  if (/^[\w.~-]*$/.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.replace(/[^\w.~-]/g, '_')}-${hash}`;
}
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** Names of this package's own making, with the id of the write. */
const ownOf = (index: string): RegExp => {
  const shards = /^(.*)\.(safetensors|compact)\.index\.json$/.exec(basename(index));
  return shards
    ? new RegExp(`^${escaped(shards[1]!)}\\.([0-9a-f]{16})-\\d{5}-of-\\d{5}\\.${shards[2]}$`)
    : new RegExp(`^${escaped(stem(index))}\\.weights-([0-9a-f]{16})(?:-\\d+-\\d+of\\d+)?\\.bin$`);
};
const pendingOf = (index: string): RegExp =>
  new RegExp(`^${escaped(basename(index))}\\.([0-9a-f]{8})-(\\d+)-([0-9a-f]{16})\\.tmp$`);

/** Names for a new write of this index. */
export async function saveFiles(json: string, id = randomBytes(8).toString('hex')): Promise<SaveFiles> {
  machine ??= here();
  const weightsName = `${stem(json)}.weights-${id}.bin`;
  return {
    id,
    weightsName,
    weights: join(dirname(json), weightsName),
    pending: `${json}.${await machine}-${process.pid}-${id}.tmp`,
  };
}

/** Whether the save that made this file may go on: its process lives; of another machine or container, the file is young. */
async function isRunning(path: string, host: string, pid: number): Promise<boolean> {
  const made = (await lstat(path)).mtimeMs;
  if (host !== (await machine)) return Date.now() - made < DAY;
  // Of an earlier process that had this one's id, as in a container that starts anew (a second: file systems round times).
  if (pid === process.pid) return made > Date.now() - process.uptime() * 1000 - 1000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The files that an index names; none where there is none that can be read. */
export const namedFiles = async (index: string): Promise<string[]> =>
  namedIn(await readFile(index, 'utf8').catch(() => ''));

/** The marks of writes of a file that are in a folder: of those that may go on, and of those that were killed. */
async function pendingIn(
  entries: readonly string[],
  path: string,
): Promise<{ name: string; id: string; runs: boolean }[]> {
  const pendings = pendingOf(path);
  const found: { name: string; id: string; runs: boolean }[] = [];
  for (const name of entries) {
    const [, host, pid, id] = pendings.exec(name) ?? [];
    if (id === undefined) continue;
    // Gone in the meantime: its write is done or has failed.
    const runs = await isRunning(join(dirname(path), name), host!, Number(pid)).catch(() => true);
    found.push({ name, id, runs });
  }
  return found;
}

/** Deletes what killed writes of a file left, under the names that {@link saveFiles} gives to what is not yet whole. */
export async function sweepFile(path: string): Promise<void> {
  const folder = dirname(path);
  for (const { name, runs } of await pendingIn(await readdir(folder), path))
    if (!runs) await rm(join(folder, name), { force: true });
}

/**
 * Marks a folder as one that this write alone makes files in, until the mark is taken away or its process ends. The mark is there
 * before others are looked for: of two at once both may be refused, never none.
 *
 * @param lock - what marks are named after: a path in the folder
 * @returns takes it away; undefined where another write goes on there
 */
export async function markAlone(lock: string): Promise<(() => Promise<void>) | undefined> {
  const folder = dirname(lock);
  const { pending, id: mine } = await saveFiles(lock);
  const take = (): Promise<void> => rm(pending, { force: true });
  await writeFile(pending, '', { flag: 'wx' });
  const others = (await pendingIn(await readdir(folder), lock)).filter(({ id }) => id !== mine);
  if (others.some(({ runs }) => runs)) {
    await take();
    return undefined;
  }
  for (const { name } of others) await rm(join(folder, name), { force: true });
  return take;
}

/**
 * Deletes what earlier writes of an index left, after a write is done: files that it named until now or that a killed write made.
 * Never what a write that runs now makes, what another JSON file in the folder names, or a link; of files that this package did not
 * name, only those of a standard name which the earlier index, or that of a killed write, named.
 *
 * @param index - the model's JSON, or the index of shards
 * @param before - the files that it named before this write
 * @param mine - the id of the mark that names these files for the case that this write is killed
 */
export async function sweep(index: string, before: readonly string[], mine = ''): Promise<void> {
  const folder = dirname(index);
  const entries = await readdir(folder);
  const ours = ownOf(index);
  const running = new Set<string>();
  const dead: string[] = [];
  const left = new Set(before);
  const kept = new Set<string>();
  for (const { name, id, runs } of await pendingIn(entries, index)) {
    if (id === mine) continue;
    if (runs) running.add(id);
    else dead.push(name);
    // Whole before the first of the files that it names is begun.
    for (const file of await namedFiles(join(folder, name))) (runs ? kept : left).add(file);
  }
  // Read after the folder: files listed there without their write's pending file are named here, or by nobody any more.
  for (const name of await namedFiles(index)) kept.add(name);
  const others = entries.filter((entry) => entry !== basename(index) && /\.json$/i.test(entry));
  for (const entry of entries) {
    const id = ours.exec(entry)?.[1];
    const old = id === undefined ? left.has(entry) && isStandard(entry) : !running.has(id);
    if (!old || kept.has(entry)) continue;
    const path = join(folder, entry);
    const text = (other: string): Promise<string> => readFile(join(folder, other), 'utf8');
    if (!(await lstat(path)).isFile() || (await isReferenced(entry, others, text))) continue;
    await rm(path, { force: true });
  }
  for (const entry of dead) await rm(join(folder, entry), { force: true });
}
