// Finds a Firefox for the test that opens pages in it, or installs Debian's. Prints what it found as JSON.
//   node scripts/setup-firefox.mjs
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { record, recorded } from './lib/backends.mjs';
import { executable, installFromSystem, placesOf } from './lib/programs.mjs';

/** The first installed Firefox that runs: `{executablePath, version}`. `FIREFOX_PATH`, where set, is the only one looked at. */
export function findFirefox({ env = process.env } = {}) {
  const only = env.FIREFOX_PATH || undefined;
  for (const executablePath of only ? [only] : placesOf(['firefox-esr', 'firefox'], env)) {
    if (!executable(executablePath)) continue;
    const { stdout } = spawnSync(executablePath, ['--version'], { encoding: 'utf8', timeout: 60_000 });
    const version = stdout?.trim();
    if (/^Mozilla Firefox/.test(version)) return { executablePath, version };
  }
  if (only) throw new Error(`setup-firefox: FIREFOX_PATH must be a Firefox, got ${only}`);
  return undefined;
}

/** A Firefox for the test: `{executablePath, version}`. */
export function setupFirefox({ env = process.env } = {}) {
  const known = recorded('firefox');
  if (known && (!env.FIREFOX_PATH || env.FIREFOX_PATH === known.executablePath)) return known;
  let found = findFirefox({ env });
  if (!found && installFromSystem(['firefox-esr'], 'setup-firefox')) found = findFirefox({ env });
  if (!found)
    throw new Error(
      'setup-firefox: no Firefox found, and none could be installed. Install one (Debian: apt-get install firefox-esr), or set ' +
        'FIREFOX_PATH to its binary, and run this again.',
    );
  record('firefox', found);
  return found;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(JSON.stringify(setupFirefox(), null, 2));
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
