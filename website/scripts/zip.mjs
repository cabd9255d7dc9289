// Writes build/weightkit-course.zip: the built site to be read from a disk, with a small server that runs its experiments.
//   node scripts/zip.mjs
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromDisk } from './zip/from-disk.mjs';
import { zipOf } from './zip/write-zip.mjs';

const website = dirname(dirname(fileURLToPath(import.meta.url)));
const build = join(website, 'build');
const base = process.env.SITE_BASE_URL ?? '/';
const ONLINE = 'https://weightkit.github.io';
const NAME = 'weightkit-course';
/** What servers and crawlers ask for. */
const LEFT_OUT = new Set(['404.html', 'robots.txt', 'sitemap.xml', `${NAME}.zip`]);

const constant = (name) =>
  new RegExp(`${name} = '([^']+)'`).exec(readFileSync(join(website, 'src/lesson/course-zip.ts'), 'utf8'))[1];
const ZIP = constant('COURSE_ZIP');
/** What pages say of the size, once they were built and once this has run. */
const SIZE = new RegExp(`${constant('ZIP_SIZE')}|a zip of \\d+ MB`, 'g');

/** Pages, scripts and the list that is searched: what has the words of a page in it. */
const isText = (name) => /\.(html|js|json)$/.test(name);

function pathsOf() {
  const all = readdirSync(build, { recursive: true, encoding: 'utf8' }).map((name) => name.split(sep).join('/'));
  return all.filter((name) => !LEFT_OUT.has(name) && statSync(join(build, name)).isFile()).sort();
}

const here = (name) => readFileSync(join(website, 'scripts/zip', name), 'utf8');

function courseOf(paths) {
  const files = new Set(paths);
  const at = { base, files, online: ONLINE };
  const pages = paths.map((name) => {
    const bytes = readFileSync(join(build, name));
    const inZip = `${NAME}/site/${name}`;
    if (!isText(name)) return { name: inZip, bytes };
    const text = bytes.toString('utf8').replaceAll(SIZE, 'the one that you have');
    // Scripts know the zip by its address, and its page is to lead to the one in the network.
    if (name.endsWith('.js'))
      return { name: inZip, bytes: Buffer.from(text.replaceAll(ZIP, `${ONLINE}${base}${ZIP.slice(1)}`)) };
    if (!name.endsWith('.html')) return { name: inZip, bytes: Buffer.from(text) };
    // A page of the site at `site/…` leads up and out of it to the page beside the server.
    return { name: inZip, bytes: Buffer.from(fromDisk(text, { ...at, page: name, home: '../index.html' })) };
  });
  const beside = {
    'index.html': here('start.html'),
    'serve.mjs': here('serve.mjs').replace("const BASE = '/';", `const BASE = ${JSON.stringify(base)};`),
    LICENSE: readFileSync(join(website, '../LICENSE'), 'utf8'),
  };
  const others = Object.entries(beside).map(([name, text]) => ({ name: `${NAME}/${name}`, bytes: Buffer.from(text) }));
  return [...others, ...pages];
}

const paths = pathsOf();
rmSync(join(build, `${NAME}.zip`), { force: true });
const zip = zipOf(courseOf(paths));
const size = `a zip of ${(zip.length / 1e6).toFixed(0)} MB`;
// The page that leads to the zip says how large it is.
let told = 0;
for (const path of paths.filter(isText)) {
  const text = readFileSync(join(build, path), 'utf8');
  if (text.search(SIZE) < 0) continue;
  writeFileSync(join(build, path), text.replaceAll(SIZE, size));
  told++;
}
if (told === 0) throw new Error(`zip: a page must say ${SIZE}; build the site first: node scripts/build.mjs`);
writeFileSync(join(build, `${NAME}.zip`), zip);
console.log(`${NAME}.zip: ${paths.length} files of the site, ${size}`);
