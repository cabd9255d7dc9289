// npm run site: builds the documentation site if something changed, and serves it on 127.0.0.1 until Ctrl-C.
//   npm run site -- --port 8080
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pnpm, requireNode, root } from './pnpm.mjs';

requireNode();
const { values } = parseArgs({ options: { port: { type: 'string' } } });
const build = pnpm(['exec', 'turbo', 'run', 'site', '--output-logs=errors-only']);
if (build.status !== 0) process.exit(build.status ?? 1);

/** A port that nobody listens on: the one asked for, else any. */
const port = await new Promise((resolve, reject) => {
  const server = createServer();
  server.on('error', reject);
  server.listen(Number(values.port ?? 0), '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const docusaurus = join(root, 'website/node_modules/@docusaurus/core/bin/docusaurus.mjs');
const options = ['--host', '127.0.0.1', '--port', String(port), '--no-open'];
const serve = spawn(process.execPath, [docusaurus, 'serve', ...options], {
  cwd: join(root, 'website'),
  stdio: 'inherit',
});
process.on('SIGINT', () => {});
process.on('SIGTERM', () => serve.kill('SIGTERM'));
serve.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
