/** Lines of a file, and the number of the first one, counted from 1. */
export interface Lines {
  text: string;
  first: number;
}

/** The lines of a declaration at the top level of a formatted file, with the comment above it: `[from, to)`. */
function declaration(lines: readonly string[], name: string): [number, number] | undefined {
  const head = new RegExp(`^(export )?(default )?(async )?(function|const|let|class|interface|type) ${name}\\b`);
  const begin = lines.findIndex((line) => head.test(line));
  if (begin < 0) return undefined;
  let end = begin;
  // What opens on the first line closes in the first column; all else ends with the statement.
  const closes = /[{([]$/.test(lines[begin]!) ? /^[})\]]+.*[^{([]$|^[})\]]$/ : /;$/;
  while (
    end < lines.length - 1 &&
    !(end > begin && closes.test(lines[end]!)) &&
    !(end === begin && /;$/.test(lines[end]!))
  )
    end++;
  let from = begin;
  if (lines[from - 1]?.endsWith('*/')) {
    from--;
    while (!lines[from]!.startsWith('/**')) from--;
  }
  return [from, end + 1];
}

/** The lines between `// #region name` and `// #endregion`. */
function region(lines: readonly string[], name: string): [number, number] | undefined {
  const begin = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  if (begin < 0) return undefined;
  const length = lines.slice(begin).findIndex((line) => line.trim() === '// #endregion');
  return length < 0 ? undefined : [begin + 1, begin + length];
}

const rangeOf = (lines: readonly string[], name: string) => region(lines, name) ?? declaration(lines, name);

/**
 * The lines of a file that have these names: declarations at its top level or regions, neighbors in the file.
 *
 * @throws Error where the file has no such name
 */
export function linesOf(source: string, names: readonly string[]): Lines {
  const lines = source.split('\n');
  const found = names.map((name) => {
    const range = rangeOf(lines, name);
    if (!range) throw new Error(`linesOf: the file must have a declaration or region of this name, got ${name}`);
    return range;
  });
  const [from, to] = [Math.min(...found.map(([a]) => a)), Math.max(...found.map(([, b]) => b))];
  return { text: lines.slice(from, to).join('\n'), first: from + 1 };
}

/** The lines with these names, and which of some files has them. */
export interface FileLines extends Lines {
  file: string;
}

/**
 * `linesOf` of the first file that has the first name.
 *
 * @throws Error where no file has it
 */
export function linesIn(files: Readonly<Record<string, string>>, names: readonly string[]): FileLines {
  const [name] = names as [string];
  for (const [file, source] of Object.entries(files))
    if (rangeOf(source.split('\n'), name)) return { file, ...linesOf(source, names) };
  throw new Error(
    `linesIn: ${Object.keys(files).join(' or ')} must have a declaration or region of this name, got ${name}`,
  );
}
