import { expect, it } from 'vitest';
import * as inNode from '../../src/access/platform.ts';
import * as inPage from '../../src/access/platform-browser.ts';

it('the platform of pages has the names of the one of Node', () => {
  expect(Object.keys(inPage).sort()).toEqual(Object.keys(inNode).sort());
});

it('a path is refused in a page, with what to give in its place', async () => {
  await expect(inPage.pathSource('a.safetensors')).rejects.toThrow('in a page give a URL, a File or bytes');
  expect(() => inPage.pathSink('out')).toThrow('target must be a Map or a directory handle in a page, got out');
  expect(await inPage.isFolder('out')).toBe(false);
});

it.each(['a.json', 'x/a.json', 'x/y/a.json'])('the parts of %s are those of Node', (path) => {
  expect(inPage.beside(path, 'b.bin')).toBe(inNode.beside(path, 'b.bin'));
  expect(inPage.within('x', 'b.bin')).toBe(inNode.within('x', 'b.bin'));
  expect(inPage.splitPath(path).file).toBe(inNode.splitPath(path).file);
});
