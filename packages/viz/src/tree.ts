/** An element of a drawing as plain data: what every document is reduced to before bytes are written. */
export interface SvgNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (SvgNode | string)[];
}

/** Makes a node; attributes that are undefined are left out, numbers become text. */
export function node(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...children: readonly (SvgNode | string)[]
): SvgNode {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = String(value);
  return { name, attributes: kept, children };
}

// A class or a style sheet reaches past the drawing into the page around it, and says different things in different
// documents: the drawing keeps attributes only.
const dropped = new Set(['class', 'xmlns']);

// Plot's names of its marks (`line`) are for programs: the drawing is one image, and a label needs a role.
const renamed: Readonly<Record<string, string>> = { 'aria-label': 'data-mark' };

/** Copies a DOM element that Plot made, without its classes and style sheets, into plain data. */
export function fromDom(element: Element): SvgNode {
  const attributes: Record<string, string> = {};
  for (const { name, value } of Array.from(element.attributes)) {
    if (name === 'transform' && marks.has(element.localName)) {
      const shift = wholeShift(value);
      if (shift !== undefined) attributes[name] = shift;
    } else if (!dropped.has(name)) attributes[renamed[name] ?? name] = value === 'currentColor' ? '#333' : value;
  }
  return { name: element.localName, attributes, children: childrenOf(element) };
}

// Elements that stand for a whole mark. Plot shifts marks by half a pixel on screens of one device pixel per pixel, and
// where its module was loaded decides; all our own shifts are whole, so the half is Plot's.
const marks = new Set(['g', 'line', 'rect']);

function wholeShift(transform: string): string | undefined {
  const match = /^translate\(([^,]+),([^)]+)\)$/.exec(transform);
  if (match === null) return transform;
  const [x, y] = [Math.floor(Number(match[1])), Math.floor(Number(match[2]))];
  return x === 0 && y === 0 ? undefined : `translate(${x},${y})`;
}

function childrenOf(element: Element): (SvgNode | string)[] {
  const children: (SvgNode | string)[] = [];
  for (const child of Array.from(element.childNodes)) {
    if (child.nodeType === 3) children.push(child.nodeValue ?? '');
    else if (child.nodeType === 1 && (child as Element).localName !== 'style') children.push(fromDom(child as Element));
  }
  return children;
}
