// Programs of this machine: found by name, or installed from Debian's packages.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

export const executable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where programs with these names would be, the first name first. */
export function* placesOf(names, env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  for (const name of names) for (const folder of folders) yield join(folder, name);
}

/** Runs a program; what it says goes to stderr, stdout is for the JSON of the set-up scripts. */
export const run = (file, args, options) =>
  spawnSync(file, args, { stdio: ['ignore', process.stderr, process.stderr], ...options }).status === 0;

/** Installs Debian's packages, which root alone can; whether it did. */
export function installFromSystem(packages, who) {
  if (process.platform !== 'linux' || process.getuid() !== 0 || !existsSync('/etc/debian_version')) return false;
  console.error(`${who}: installing ${packages.join(' and ')} from the system's packages`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return (
    run('apt-get', ['update', '-qq'], { env }) &&
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env })
  );
}
