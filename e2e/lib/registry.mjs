// An npm registry on loopback that has the packed packages and nothing else, for the scope that is theirs.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { packagesOf } from '../../scripts/lib/packages.mjs';

/** Serves what `pack` gave: `{url, close}`. */
export async function registry(tarballs) {
  const files = new Map(tarballs.map(({ file }) => [`/${basename(file)}`, readFileSync(file)]));
  const manifests = new Map(packagesOf().map(({ name, manifest }) => [name, manifest]));
  const documentOf = ({ name, version, file }, origin) => {
    const path = `/${basename(file)}`;
    const integrity = `sha512-${createHash('sha512').update(files.get(path)).digest('base64')}`;
    const dist = { tarball: `${origin}${path}`, integrity };
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifests.get(name), dist } } };
  };
  const server = createServer(({ url, headers }, response) => {
    const found = tarballs.find(({ name }) => decodeURIComponent(url) === `/${name}`);
    const body = found ? JSON.stringify(documentOf(found, `http://${headers.host}`)) : files.get(url);
    response.writeHead(body ? 200 : 404).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}
