// The user's cache folder, and folders in it that are made once and are complete from the moment that they exist.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where downloads and builds are kept, outside node_modules; `WEIGHTKIT_CACHE` overrides it. */
export function cacheFolder({ env = process.env, platform = process.platform, home = homedir() } = {}) {
  if (env.WEIGHTKIT_CACHE) return env.WEIGHTKIT_CACHE;
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'weightkit');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'weightkit');
}

const PARTIAL = '.partial-';
const DAY = 24 * 3600 * 1000;

/** Removes what runs that were killed have left behind. */
function sweep(parent) {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (name.includes(PARTIAL) && Date.now() - statSync(path).mtimeMs > DAY)
      rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Makes `folder` unless it is there: `make` fills a folder beside it, which is renamed when it is complete. Of several runs
 * at a time the first to finish wins, and the others take what it made.
 */
export async function makeOnce(folder, make) {
  if (existsSync(folder)) return false;
  mkdirSync(dirname(folder), { recursive: true });
  sweep(dirname(folder));
  const partial = `${folder}${PARTIAL}${randomUUID()}`;
  mkdirSync(partial);
  try {
    await make(partial);
    try {
      renameSync(partial, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return true;
}
