import { readFileSync } from 'node:fs';

/** The cases of a golden file; golden/initializers.py says which call made each. */
export function golden<Case>(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8')).cases;
}
