/** A value of a node's attribute, as JSON has it. */
export interface NodeAttribute {
  readonly s?: unknown;
  readonly b?: boolean;
  readonly list?: { readonly s?: readonly unknown[]; readonly i?: readonly (string | number)[] };
  readonly [other: string]: unknown;
}

/** A node of a GraphModel's topology. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, NodeAttribute | undefined>>;
}

/** The nodes of a topology; none where it is of a LayersModel. */
export function nodesIn(topology: unknown): readonly GraphNode[] {
  const { node } = (topology ?? {}) as { node?: readonly GraphNode[] };
  return Array.isArray(node) ? node : [];
}

/** The name of the node that an input comes from. */
export const nodeOf = (input = ''): string => input.replace(/^\^/, '').replace(/:\d+$/, '');

/** The inputs that carry numbers: not those that only say what runs first. */
export const dataInputs = ({ input = [] }: GraphNode): string[] =>
  input.filter((name) => !name.startsWith('^')).map(nodeOf);

/** Text, which JSON has as base64 or as codes of characters. */
const decoded = (text: unknown): string => (Array.isArray(text) ? String.fromCharCode(...text) : atob(`${text ?? ''}`));

/** An attribute that is text; empty without it. */
export const textOf = ({ attr }: GraphNode, name: string): string => decoded(attr?.[name]?.s);

/** An attribute that is a list of texts; empty without it. */
export const textsOf = ({ attr }: GraphNode, name: string): string[] => (attr?.[name]?.list?.s ?? []).map(decoded);

/** An attribute that is a list of whole numbers; empty without it. */
export const numbersOf = ({ attr }: GraphNode, name: string): number[] => (attr?.[name]?.list?.i ?? []).map(Number);

/** A list of texts as an attribute. */
export const textsAttribute = (texts: readonly string[]): NodeAttribute => ({ list: { s: texts.map(btoa) } });

/** The type of numbers, as an attribute. */
export const FLOAT: NodeAttribute = { type: 'DT_FLOAT' };

/** A node whose value is a weight of the same name. */
export const constantNode = (name: string, shape: readonly number[]): GraphNode => ({
  name,
  op: 'Const',
  attr: {
    dtype: FLOAT,
    value: { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: shape.map((size) => ({ size: `${size}` })) } } },
  },
});

/** Follows what only hands on, back to the node that makes a value. */
export function originOf(byName: ReadonlyMap<string, GraphNode>, name: string): string {
  const seen = new Set<string>();
  let origin = name;
  for (let node = byName.get(origin); node?.op === 'Identity' && !seen.has(origin); node = byName.get(origin)) {
    seen.add(origin);
    origin = nodeOf(node.input?.[0]);
  }
  return origin;
}
