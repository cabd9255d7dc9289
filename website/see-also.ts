import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { COURSE } from '../lessons/course.ts';
import { crossLinks, linkLines, recipesOf } from './scripts/cross-links.mjs';

interface MarkdownNode {
  type: string;
  depth?: number;
  url?: string;
  value?: string;
  children?: MarkdownNode[];
}

const docs = join(__dirname, 'docs');

/** Writes under each guide which recipes and lessons use it, and under each recipe which lessons teach what it does. */
export const seeAlso = () => (tree: MarkdownNode, file: { path: string }) => {
  const cookbook = readFileSync(join(docs, 'cookbook.md'), 'utf8');
  const leads = crossLinks({ abouts: COURSE.map(({ about }) => about), cookbook });
  const page = relative(docs, file.path)
    .replace(/\.mdx?$/, '')
    .replaceAll('\\', '/');
  const children = tree.children!;
  if (page !== 'cookbook') {
    children.push(...paragraphs(leads(`/docs/${page.replace(/(^|\/)index$/, '$1')}/`.replace(/\/\/$/, '/'))));
    return;
  }
  const recipes = recipesOf(cookbook);
  // From the last to the first: what is put in moves only what has been looked at.
  const sections = children.flatMap(({ type, depth }, i) => (type === 'heading' && depth === 2 ? [i] : []));
  for (const [i, start] of [...sections.entries()].reverse()) {
    const end = sections[i + 1] ?? children.length;
    if (start >= end) throw new Error('cookbook: a recipe must have a text');
    children.splice(end, 0, ...paragraphs({ ...leads(recipes[i]!.to), recipes: [] }));
  }
};

function paragraphs(leads: Parameters<typeof linkLines>[0]): MarkdownNode[] {
  return linkLines(leads).map(({ label, pages }) => ({
    type: 'paragraph',
    children: [
      { type: 'text', value: `${label}: ` },
      ...pages.flatMap(({ to, title }, i) => [
        ...(i > 0 ? [{ type: 'text', value: ', ' }] : []),
        { type: 'link', url: to, children: [{ type: 'text', value: title }] },
      ]),
      { type: 'text', value: '.' },
    ],
  }));
}
