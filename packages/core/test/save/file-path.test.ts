import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jsonPath } from '../../src/save/file-path.ts';

describe('jsonPath', () => {
  it.each([
    ['out/model', 'out/model/model.json'],
    ['out//model/', 'out/model/model.json'],
    ['.', 'model.json'],
    ['out/a.json', 'out/a.json'],
    ['out/a.JSON', 'out/a.JSON'],
    ['a b/50%/c#1?', 'a b/50%/c#1?/model.json'],
    // As tfjs-node reads them.
    ['file://out/model', 'out/model/model.json'],
    ['file://./out/a.json', 'out/a.json'],
    ['file://../out', '../out/model.json'],
    ['file:///abs/model', '/abs/model/model.json'],
    ['FILE:///abs/a.json', '/abs/a.json'],
    ['file://localhost/abs', '/abs/model.json'],
    ['file:///a%20b/50%25/c%231', '/a b/50%/c#1/model.json'],
    ['file://a%20b', 'a b/model.json'],
    ['file://%C3%A9', 'é/model.json'],
  ])('jsonPath(%j) is %j', (path, wanted) => {
    expect(jsonPath('f', path)).toBe(wanted);
  });

  it('jsonPath(URL) reads what pathToFileURL writes', () => {
    for (const path of ['/a b/50%', '/é/#1?x', '/plain/a.json'])
      for (const url of [pathToFileURL(path), pathToFileURL(path).href])
        expect(jsonPath('f', url)).toBe(path.endsWith('.json') ? path : `${path}/model.json`);
  });

  it.each(['http://host/x', 'https://host/m.json', 'indexeddb://m', 'localstorage://m', 'downloads://m', 's3://b/m'])(
    'jsonPath(%j) throws, for the URL is no file of this machine',
    (url) => {
      for (const path of [url, new URL(url)])
        expect(() => jsonPath('fileSystem', path)).toThrow('fileSystem: path must be a folder of this machine');
    },
  );

  it.each([
    'file:',
    'file://',
    'file:out/model',
    'file:/out',
    'file://a?b',
    'file:///a#b',
    'file://50%',
    'file:///a%2Fb',
  ])('jsonPath(%j) throws, for the URL is broken', (url) =>
    expect(() => jsonPath('f', url)).toThrow(/^f: a file: URL must be file:\/\/ and a path.*, got "file:/),
  );

  it.skipIf(process.platform === 'win32').each(['C:\\out', 'c:/out', 'out\\model', '\\\\host\\x', 'file://C:/x'])(
    'jsonPath(%j) throws where paths have slashes',
    (path) => expect(() => jsonPath('f', path)).toThrow('f: path must be one of this system, with / between folders'),
  );

  it('jsonPath(a path with NUL) throws', () => {
    expect(() => jsonPath('f', 'a\0b')).toThrow('f: path must have no NUL character, got "a\\u0000b"');
  });
});
