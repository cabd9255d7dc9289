// Commands of the pages. Each is run: by scripts/docs.mjs itself, by e2e, or by a step of `npm test`.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../root.mjs';
import { blocksOf, documents } from './blocks.mjs';

const run = promisify(execFile);
const shell = process.platform === 'win32';
const LANGUAGES = ['sh', 'bash', 'shell'];

export const isShell = ({ language }) => LANGUAGES.includes(language);

/** The commands of a block, without comments. */
export function commandsOf({ code }) {
  return code
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/^\$ /, '').replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split('&&'))
    .map((command) => command.trim().replaceAll(/\s+/g, ' '))
    .filter(Boolean);
}

/** What the steps of `npm test` run anyway: the command, and the beginning of the step's title. */
export const STEPS = {
  'npm test': 'npm test',
  'npm start': 'the tour on the built packages',
  'node scripts/setup-tfjs-node.mjs': 'test backends',
  'node scripts/setup-browser.mjs': 'test backends',
};
const E2E = /^(npm install |node scripts\/setup-tfjs-node\.mjs --into )/;
/** What the READMEs of the example projects say, run by e2e in a copy of each. */
const IN_EXAMPLES = { path: /^examples\/[\w-]+\/README\.md$/, command: /^(npm install|npm start|npm run build)$/ };

/** Runs `npm run site` until it says where it serves, asks for the first page, and ends it. */
function served(command) {
  const [file, ...args] = command.split(' ');
  const child = spawn(file, args, { cwd: root, shell, detached: !shell, stdio: ['ignore', 'pipe', 'pipe'] });
  let says = '';
  const finished = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`says no address: ${says.slice(-500)}`)), 300_000);
    let asked = false;
    const listen = async (chunk) => {
      says += chunk;
      const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(says) ?? [];
      if (!address || asked) return;
      asked = true;
      clearTimeout(timer);
      // It says where it serves a moment before it does.
      let answer;
      for (let tries = 0; !answer && tries < 40; tries++) {
        answer = await fetch(address).catch(() => undefined);
        if (!answer) await new Promise((wait) => setTimeout(wait, 250));
      }
      answer?.ok ? resolve() : reject(new Error(`${address} answers ${answer?.status}`));
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (code) => reject(new Error(`ended with ${code}: ${says.slice(-500)}`)));
  });
  return finished.finally(() => {
    // One that has ended by itself is no longer there to be killed.
    if (child.exitCode === null) shell ? child.kill() : process.kill(-child.pid);
  });
}

/** Clones this repository under the address that the pages name. */
async function cloned(command) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weightkit-clone-')));
  const [, , address] = command.split(' ');
  const env = {
    ...process.env,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${root}.insteadOf`,
    GIT_CONFIG_VALUE_0: address,
  };
  try {
    await run('git', command.split(' ').slice(1), { cwd: folder, env });
    await run('node', ['--check', join(folder, 'weightkit/scripts/ci.mjs')], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HERE = [
  [/^npm run lesson$/, () => run('npm', ['run', 'lesson'], { cwd: root, shell })],
  [/^npm run site$/, served],
  [/^git clone https:\/\/github\.com\/weightkit\/weightkit$/, cloned],
  // The command before it made the folder.
  [/^cd weightkit$/, () => {}],
];

const done = new Map();
/** Runs a command once; what else runs it counts as well. Gives what is wrong. */
function problemOf(command) {
  if (Object.hasOwn(STEPS, command) || E2E.test(command)) return undefined;
  const [, body] = HERE.find(([pattern]) => pattern.test(command)) ?? [];
  if (!body) return `has a command that nothing runs: ${command}`;
  if (!done.has(command))
    done.set(
      command,
      Promise.resolve(body(command)).then(
        () => undefined,
        (error) => `${command} ${error.stderr || error.message}`,
      ),
    );
  return done.get(command);
}

/** Runs the commands of a block that no other step runs; the first thing wrong. */
export async function runCommands(block) {
  const commands = commandsOf(block);
  const isRun = (command) => IN_EXAMPLES.path.test(block.path) && IN_EXAMPLES.command.test(command);
  for (const command of commands.filter((one) => !isRun(one))) {
    const problem = await problemOf(command);
    if (problem) return problem;
  }
  return commands.length ? undefined : 'has no command';
}

/** Every command of the pages that e2e runs, each once: installing into a user's project, and what is set up there. */
export const userCommands = () => [
  ...new Set(
    documents()
      .flatMap(blocksOf)
      .filter(isShell)
      .flatMap(commandsOf)
      .filter((command) => E2E.test(command)),
  ),
];
