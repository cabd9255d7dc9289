// Where the claims of a lesson are tested.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** Files of a lesson with tests, the one that every run takes first. */
const FILES = ['lesson.test.ts', 'claims.ts', 'lesson.deep.ts'];

/** The file in which a test of this title stands, below `lessons/<name>/`; nothing where there is none. */
export function testFileOf(name, title, from = root) {
  return FILES.find((file) => {
    const path = join(from, 'lessons', name, file);
    return existsSync(path) && readFileSync(path, 'utf8').includes(`'${title}`);
  });
}
