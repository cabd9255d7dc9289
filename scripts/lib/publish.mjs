// npm publish of one tarball.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Publishes a tarball; resolves to what npm says it has published, or with `dryRun` would. */
export async function publish(file, { dryRun = false, args = [], env = process.env } = {}) {
  const flags = ['--json', '--access', 'public', ...(dryRun ? ['--dry-run'] : []), ...args];
  const { stdout } = await run('npm', ['publish', file, ...flags], {
    env,
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  });
  const said = JSON.parse(stdout.slice(stdout.indexOf('{')));
  return said.files ? said : Object.values(said)[0];
}

/** Whether the registry has a version already. */
export async function isPublished(name, version) {
  try {
    const { stdout } = await run('npm', ['view', `${name}@${version}`, 'version'], {
      shell: process.platform === 'win32',
    });
    return stdout.trim() === version;
  } catch (error) {
    if (/E404/.test(error.stderr)) return false;
    throw error;
  }
}
