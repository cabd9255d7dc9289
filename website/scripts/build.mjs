// docusaurus build, with every picture a file of its own: those below 10 kB would be text in the script of their page. Then the zip of
// the course, which is made of what was built.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const docusaurus = fileURLToPath(new URL('../node_modules/@docusaurus/core/bin/docusaurus.mjs', import.meta.url));
// Docusaurus reads the limit when it is loaded, before its configuration.
const env = { ...process.env, WEBPACK_URL_LOADER_LIMIT: '0' };
const { status } = spawnSync(process.execPath, [docusaurus, 'build'], { env, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
await import('./zip.mjs');
