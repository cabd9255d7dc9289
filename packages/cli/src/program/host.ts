/** A stream that text is written to. */
export interface TextStream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Columns of the terminal. */
  readonly columns: number | undefined;
}

/** What a command has of the process that it runs in. */
export interface Host {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Memory that the process takes, in bytes. */
  readonly memory: () => number;
}
