// Serves the course in this folder to this computer alone, so that its experiments run:
//   node serve.mjs [--port 4173]
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const BASE = '/';
const TYPES = {
  '.bin': 'application/octet-stream',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

function stop(text) {
  console.error(text);
  process.exit(2);
}

const USAGE = 'node serve.mjs [--port 4173]';
const given = process.argv.slice(2).flatMap((text) => (text.startsWith('--') ? text.split('=') : [text]));
if (given[0] === '--help' || given[0] === '-h') {
  console.log(USAGE);
  process.exit(0);
}
if (given.length > 0 && given[0] !== '--port') stop(`serve.mjs: usage is ${USAGE}, got ${given.join(' ')}`);
if (given.length > 2) stop(`serve.mjs: usage is ${USAGE}, got ${given.join(' ')}`);
const [, text = given.length ? '' : '4173'] = given;
const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
if (!(port <= 65535)) stop(`serve.mjs: --port must be a number from 0 to 65535, got ${text || 'nothing'}`);

const site = await realpath(join(dirname(fileURLToPath(import.meta.url)), 'site'));

/** The file of an address, `undefined` where there is none in the site's folder, and whether the address is that of a folder. */
async function fileOf(pathname) {
  let path;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return {};
  }
  if (!path.startsWith(BASE) || path.includes('\0')) return {};
  try {
    // Links of the file system count as what they lead to.
    const file = await realpath(join(site, path.slice(BASE.length)));
    if (file !== site && !file.startsWith(site + sep)) return {};
    const found = await stat(file);
    if (found.isFile()) return { file, size: found.size };
    const index = join(file, 'index.html');
    return { file: index, size: (await stat(index)).size, folder: true };
  } catch {
    return {};
  }
}

async function answer(request, response) {
  const say = (status, text, headers = {}) =>
    response
      .writeHead(status, { 'content-type': TYPES['.txt'], ...headers })
      .end(request.method === 'HEAD' ? '' : text);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return say(405, 'This server is read only.\n', { allow: 'GET, HEAD' });
  const [path, ...rest] = request.url.split('?');
  const search = rest.length ? `?${rest.join('?')}` : '';
  if (path === '/' && BASE !== '/') return say(302, '', { location: BASE });
  const { file, size, folder } = await fileOf(path);
  if (!file) return say(404, `There is no page ${path}\n`);
  const index = path.replace(/\/index\.html$/, '/');
  // Not `//name`, which would be another computer.
  const tidy = `/${index.replace(/^\/+/, '')}`;
  if (index !== path) return say(302, '', { location: tidy + search });
  if (folder && !path.endsWith('/')) return say(302, '', { location: `${tidy}/${search}` });
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-length': size,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  if (request.method === 'HEAD') return response.end();
  return createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.on('error', (error) =>
  stop(
    error.code === 'EADDRINUSE'
      ? `serve.mjs: port ${port} is taken; choose another one: node serve.mjs --port ${port + 1}`
      : `serve.mjs: ${error.message}`,
  ),
);
server.listen(port, '127.0.0.1', () => {
  console.log(`The course is at http://127.0.0.1:${server.address().port}${BASE}lessons/`);
  console.log('Stop with Ctrl+C.');
});
