// Which files differ from what was last pushed.
import { spawnSync } from 'node:child_process';
import { root } from './root.mjs';

/** What git says, without the last line break; nothing when it fails or is not there. */
export function gitIn(folder = root) {
  return (...args) => {
    const { status, stdout } = spawnSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
    return status === 0 ? stdout.replace(/\n$/, '') : undefined;
  };
}

/**
 * The files that differ from where this branch left what was pushed, those not committed and not tracked included:
 * `{files, since}`. When all is pushed, or nothing is known of a remote, from the commit before. Without one: `{reason}`.
 */
export function changedFiles(git = gitIn()) {
  const head = git('rev-parse', 'HEAD');
  if (!head) return { reason: 'this is no git checkout' };
  const remotes = ['@{upstream}', 'origin/HEAD', 'origin/main'];
  const bases = remotes.map((name) => ({ name, at: git('merge-base', 'HEAD', name) }));
  const pushed = bases.find(({ at }) => at);
  const base = pushed && pushed.at !== head ? pushed : { name: 'the commit before', at: git('rev-parse', 'HEAD~') };
  if (!base.at) return { reason: 'there is no earlier commit to compare with' };
  const list = (...args) =>
    git(...args)
      ?.split('\0')
      .filter(Boolean);
  const differ = list('diff', '--name-only', '--no-renames', '-z', base.at);
  const fresh = list('ls-files', '--others', '--exclude-standard', '-z');
  if (!differ || !fresh) return { reason: 'git does not tell what changed' };
  return { files: [...new Set([...differ, ...fresh])].sort(), since: `${base.name} (${base.at.slice(0, 9)})` };
}
