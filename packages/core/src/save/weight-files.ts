import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';

/** What one save writes before it is done: the weights, and the JSON under a name that tells who writes it. */
export interface SaveFiles {
  /** The weight file's name, which no other save uses. */
  weightsName: string;
  weights: string;
  /** Made before the weights and renamed to the JSON's name after them: as long as it is there, they are being written. */
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
const weightsOfJson = (json: string): RegExp => new RegExp(`^${escaped(stem(json))}\\.weights-([0-9a-f]{16})\\.bin$`);
const pendingOfJson = (json: string): RegExp =>
  new RegExp(`^${escaped(basename(json))}\\.([0-9a-f]{8})-(\\d+)-([0-9a-f]{16})\\.tmp$`);

/** Names for a new save of this JSON file. */
export async function saveFiles(json: string): Promise<SaveFiles> {
  machine ??= here();
  const id = randomBytes(8).toString('hex');
  const weightsName = `${stem(json)}.weights-${id}.bin`;
  return {
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

/** The weight files that a model's JSON names; none where there is no JSON that can be read. */
export async function namedWeights(json: string): Promise<string[]> {
  try {
    const { weightsManifest } = JSON.parse(await readFile(json, 'utf8'));
    return weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths.map((path) => normalize(path)));
  } catch {
    return [];
  }
}

/** Names that stock TensorFlow.js, its converter and earlier versions of this package give to weight files. */
const STANDARD = /^(weights(\.\d+)?\.bin|.*\.weights\.bin|group\d+-shard\d+of\d+(\.bin)?)$/;

/** Whether no other JSON file of the folder has the name in it. */
async function isUnreferenced(name: string, json: string, entries: readonly string[]): Promise<boolean> {
  const encoded = JSON.stringify(name).slice(1, -1);
  for (const entry of entries) {
    if (entry === basename(json) || !/\.json$/i.test(entry)) continue;
    // One that cannot be read may need it.
    const text = await readFile(join(dirname(json), entry), 'utf8').catch(() => encoded);
    if (text.includes(encoded)) return false;
  }
  return true;
}

/**
 * Deletes what earlier saves of this JSON file left, after a save is done: weights that its JSON named until now or that a
 * killed save wrote. Never what a save that runs now writes, what another JSON file in the folder names, or a link; of files
 * that this package did not name, only those of a standard name which the earlier JSON named.
 *
 * @param json - the model's JSON
 * @param before - the weight files that it named before this save
 */
export async function sweep(json: string, before: readonly string[]): Promise<void> {
  const folder = dirname(json);
  const entries = await readdir(folder);
  const [ours, pendings] = [weightsOfJson(json), pendingOfJson(json)];
  const running = new Set<string>();
  const dead: string[] = [];
  for (const entry of entries) {
    const [, host, pid, id] = pendings.exec(entry) ?? [];
    if (id === undefined) continue;
    // Gone in the meantime: its save is done or has failed.
    if (await isRunning(join(folder, entry), host!, Number(pid)).catch(() => true)) running.add(id);
    else dead.push(entry);
  }
  // Read after the folder: weights listed there without their save's pending file are named here, or by nobody any more.
  const named = new Set(await namedWeights(json));
  for (const entry of entries) {
    const id = ours.exec(entry)?.[1];
    const old = id === undefined ? before.includes(entry) && STANDARD.test(entry) : !running.has(id);
    if (!old || named.has(entry)) continue;
    const path = join(folder, entry);
    if (!(await lstat(path)).isFile() || !(await isUnreferenced(entry, json, entries))) continue;
    await rm(path, { force: true });
  }
  for (const entry of dead) await rm(join(folder, entry), { force: true });
}
