// The installed command, run as a shell runs it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const own = new URL('../node_modules/weightkit/', import.meta.url);
const { bin } = JSON.parse(readFileSync(new URL('package.json', own), 'utf8'));
export const file = fileURLToPath(new URL(bin.weightkit, own));

/** Runs a command line; standard output as JSON where it is asked for. */
export function weightkit(line, code = 0) {
  const args = line.split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  assert.equal(status, code, `${line} ended with ${status}\n${stdout}\n${stderr}`);
  return args.includes('json') ? JSON.parse(stdout) : { stdout, stderr };
}
