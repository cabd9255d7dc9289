// The code blocks of Markdown and MDX pages and of doc comments.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';

/** Every page of the repository, and every source of a published package. */
export function documents() {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const isPage = (path) => /\.mdx?$/.test(path) && !/(^|\/)CHANGELOG\.md$|^\.changeset\//.test(path);
  const isSource = (path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !path.endsWith('.generated.ts');
  return stdout
    .split('\n')
    .filter((path) => (isPage(path) || isSource(path)) && existsSync(join(root, path)))
    .sort();
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)(.*)$/;

/** The fenced blocks of lines: `[{line, language, meta, code}]`; a block may be indented, in a list or in JSX. */
export function fencesOf(lines, first = 1) {
  const blocks = [];
  let open;
  for (const [i, line] of lines.entries()) {
    if (open) {
      if (line.trim() === open.fence) {
        blocks.push({ ...open.block, code: `${open.code.join('\n')}\n` });
        open = undefined;
      } else open.code.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
      continue;
    }
    const [, space, fence, language, meta] = FENCE.exec(line) ?? [];
    if (fence)
      open = { indent: space.length, fence, code: [], block: { line: first + i, language, meta: meta.trim() } };
  }
  if (open) blocks.push({ ...open.block, code: '', broken: 'a fence must be closed' });
  return blocks;
}

/** The bare examples of a comment: what follows `@example` up to an empty line or the next tag. */
function bareExamples(lines, first) {
  return lines.flatMap((line, i) => {
    if (line.trim() !== '@example' || lines[i + 1]?.startsWith('```')) return [];
    const rest = lines.slice(i + 1);
    const end = rest.findIndex((text) => text.trim() === '' || /^@\w/.test(text));
    const code = `${rest.slice(0, end < 0 ? rest.length : end).join('\n')}\n`;
    return [{ line: first + i, language: 'js', meta: '', code, bare: true }];
  });
}

/** The examples of a source file's doc comments. */
function commentsOf(text) {
  return [...text.matchAll(/^[ \t]*\/\*\*([\s\S]*?)\*\//gm)].flatMap((match) => {
    const first = text.slice(0, match.index).split('\n').length;
    const lines = match[1].split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    return [...fencesOf(lines, first), ...bareExamples(lines, first)];
  });
}

/** The words of a fence after its language: `{browser: true, file: 'e2e/…'}`. */
function metaOf(text) {
  const words = [...text.matchAll(/([\w-]+)(?:=(?:"([^"]*)"|'([^']*)'|([^\s]+)))?/g)];
  return Object.fromEntries(
    words.map(([, name, ...values]) => [name, values.find((value) => value !== undefined) ?? true]),
  );
}

/** The blocks of one document, with what each says it prints. */
export function blocksOf(path) {
  const text = readFileSync(join(root, path), 'utf8');
  const found = path.endsWith('.ts') ? commentsOf(text) : fencesOf(text.split('\n'));
  return found.map((block) => ({
    ...block,
    path,
    name: `${path}:${block.line}`,
    meta: metaOf(block.meta),
    says: [...block.code.matchAll(/\/\/ -> (.*)$/gm)].map(([, line]) => line.trim()),
  }));
}
