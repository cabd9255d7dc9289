import type { ReactNode } from 'react';

interface WideTableProps {
  label: string;
  className?: string | undefined;
  columns: readonly string[];
  /** The rows of its body. */
  children: ReactNode;
}

/** A table that scrolls where a page is too narrow for it. */
export function WideTable({ label, className, columns, children }: WideTableProps) {
  return (
    // A region that scrolls must be reachable by the keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <section className={className} aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
