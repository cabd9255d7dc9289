// What a committed table says about where its figures come from.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const version = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

/**
 * The processor, Node and the versions of packages, in a sentence.
 *
 * @param {string[]} packages - npm packages that this folder depends on
 * @param {string[]} more - other things in the list, as they are
 */
export function machineLine(packages, more = []) {
  const versions = packages.map((name) => `${name.replace('@tensorflow/', '')} ${version(name)}`);
  const { model } = cpus()[0];
  return `Machine: ${[model.trim(), `${cpus().length} cores`, `Node ${process.versions.node}`, ...versions, ...more].join(', ')}.`;
}
