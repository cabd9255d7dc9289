import { expect, it } from 'vitest';
import * as inNode from '../../src/access/platform.ts';
import * as inPage from '../../src/access/platform-browser.ts';

it('the platform of pages has the names of the one of Node', () => {
  expect(Object.keys(inPage).sort()).toEqual(Object.keys(inNode).sort());
});

it('a path is refused in a page, with what to give in its place', async () => {
  await expect(inPage.openPath('a.safetensors')).rejects.toThrow('in a page give a URL, a File or bytes');
  const wording = { fn: 'writeCheckpoint', what: 'target', unwritable: () => '' };
  await expect(inPage.pathSink('out', wording)).rejects.toThrow(
    'writeCheckpoint: target must be a Map or a directory handle in a page, got out',
  );
  await expect(inPage.makeFolder('ask', 'out')).rejects.toThrow('ask: folder must be one of Node, got out in a page');
  await expect(inPage.pathTarget('out')).rejects.toThrow(
    'writeCheckpoint: target must be a Map or a directory handle in a page, got out',
  );
});

it.each(['a.json', 'x/a.json', 'x/y/a.json'])('the parts of %s are those of Node', async (path) => {
  expect((await inPage.splitPath(path)).file).toBe((await inNode.splitPath(path)).file);
});
