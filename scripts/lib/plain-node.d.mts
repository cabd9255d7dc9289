/** Writes a source file and all that it imports from the packages below a folder, as JavaScript, and returns its path. */
export function plainNode(entry: string, folder: string): string;
