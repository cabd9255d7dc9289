export function partsIn(text: string): { name: string; body: string }[];
/** The text with each part written anew. */
export function withParts(text: string, parts: Record<string, string>): string;
