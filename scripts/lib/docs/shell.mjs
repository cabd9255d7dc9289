// Commands of the pages: they are not run, but everything that they name has to exist.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesOf } from '../packages.mjs';
import { root } from '../root.mjs';

const scripts = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
const catalog = () =>
  [...readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').matchAll(/^ {2}"?([@\w/.-]+)"?: /gm)].map(
    ([, name]) => name,
  );
const isFile = (word) => existsSync(join(root, word));
const unquoted = (word) => word.replace(/^['"]|['"]$/g, '');

function installed(words) {
  const known = new Set([...packagesOf().map(({ name }) => name), ...catalog()]);
  const names = words.filter((word) => !word.startsWith('-')).map((word) => unquoted(word).replace(/(?!^)@[^/]*$/, ''));
  const unknown = names.filter((name) => !known.has(name));
  return unknown.length
    ? `installs ${unknown.join(', ')}, which is no package of ours and not in the catalog`
    : undefined;
}

function npm([verb, ...words]) {
  if (['install', 'i', 'add'].includes(verb)) return installed(words);
  if (['start', 'test'].includes(verb)) return verb in scripts() ? undefined : `npm ${verb} is no script`;
  if (verb === 'run') return words[0] in scripts() ? undefined : `npm run ${words[0]} is no script`;
  return ['ci', 'init', 'create', 'pack', 'view'].includes(verb) ? undefined : `npm ${verb} has no rule`;
}

/** Paths among the arguments of a program that runs files; a page may name a file that one of its blocks has as its title. */
function files(words, titles) {
  const paths = words.map(unquoted).filter((word) => /\.(m?js|cjs|ts|py|txt)$/.test(word));
  const unknown = paths.filter((path) => !isFile(path) && !titles.includes(path));
  return unknown.length
    ? `names ${unknown.join(', ')}, which is no file here and no title of a block of the page`
    : undefined;
}

const RULES = {
  npm,
  node: files,
  python3: files,
  pip: files,
  '.venv/bin/python': files,
  '.venv/bin/pip': files,
  npx: ([name]) => (['vite', 'serve', 'tsc'].includes(name) ? undefined : `npx ${name} has no rule`),
  git: ([verb]) => (['clone', 'pull', 'checkout', 'switch'].includes(verb) ? undefined : `git ${verb} has no rule`),
  cd: () => undefined,
  mkdir: () => undefined,
};

function problemOf(command, titles) {
  const words = command.trim().split(/\s+/);
  while (/^[A-Z_]+=/.test(words[0])) words.shift();
  const [name, ...rest] = words;
  return Object.hasOwn(RULES, name) ? RULES[name](rest, titles) : `${name} has no rule`;
}

/** The first thing wrong with the commands of a block. */
export function checkCommands({ code }, titles) {
  const commands = code
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/^\$ /, '').replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split('&&'))
    .filter((command) => command.trim() !== '');
  const problem = commands.map((command) => problemOf(command, titles)).find(Boolean);
  return commands.length ? problem : 'has no command';
}
