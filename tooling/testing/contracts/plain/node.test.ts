import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as kit from '@weightkit/core/node';
import { testRefusals } from '../../src/refusals.ts';

const folder = mkdtempSync(join(tmpdir(), 'refusals-'));

testRefusals('@weightkit/core/node', kit, [
  {
    name: 'fileSystem',
    call: kit.fileSystem,
    args: () => [join(folder, 'model')],
    takes: { path: ["'5'", "'nonsense'"] },
  },
  {
    name: 'ask',
    of: 'makeFolder',
    // A text is the name of a folder.
    call: (path: string) => kit.makeFolder('ask', typeof path === 'string' && path !== '' ? join(folder, path) : path),
    args: () => ['made'],
    takes: { path: ["'5'", "'nonsense'"] },
    done: () => rmSync(folder, { recursive: true }),
  },
]);
