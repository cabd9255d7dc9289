import { lightOf } from './colors.ts';
import { isHint } from './hints.ts';
import { escapeText } from './text.ts';
import type { SvgNode } from './tree.ts';

/**
 * Writes a drawing as SVG text. The bytes depend on the drawing alone: attributes come in code-unit order, ids are renamed
 * to `prefix-1, prefix-2, ...` in document order together with the references to them, and text is escaped.
 *
 * @param root - the drawing
 * @param prefix - what ids start with
 */
export function serialize(root: SvgNode, prefix: string): string {
  return write(root, renames(root, prefix));
}

function write(element: SvgNode, ids: ReadonlyMap<string, string>): string {
  const attributes = Object.keys(element.attributes)
    .sort()
    .map((key) => ` ${key}="${escapeText(attribute(key, element.attributes[key]!, ids))}"`)
    .join('');
  if (element.children.length === 0) return `<${element.name}${attributes}/>`;
  const children = element.children.map((child) =>
    typeof child === 'string' ? escapeText(child) : isHint(child) ? '' : write(child, ids),
  );
  return `<${element.name}${attributes}>${children.join('')}</${element.name}>`;
}

function attribute(key: string, value: string, ids: ReadonlyMap<string, string>): string {
  const renamed = (id: string) => ids.get(id) ?? id;
  if (key === 'id') return renamed(value);
  if (key === 'aria-labelledby') return value.split(' ').map(renamed).join(' ');
  if (key === 'href' && value.startsWith('#')) return `#${renamed(value.slice(1))}`;
  if (value.startsWith('#')) return lightOf(value);
  if (key === 'style') return sortDeclarations(value);
  return value.replace(/url\("?#([^")]+)"?\)/g, (_, id: string) => `url(#${renamed(id)})`);
}

function renames(root: SvgNode, prefix: string): Map<string, string> {
  const ids = new Map<string, string>();
  const visit = (element: SvgNode) => {
    const { id } = element.attributes;
    if (id !== undefined) ids.set(id, `${prefix}-${ids.size + 1}`);
    for (const child of element.children) if (typeof child !== 'string') visit(child);
  };
  visit(root);
  return ids;
}

function sortDeclarations(style: string): string {
  const declarations = style.split(';').map((part) => part.trim().replace(/\s*:\s*/, ':'));
  return declarations
    .filter((part) => part !== '')
    .sort()
    .join(';');
}
