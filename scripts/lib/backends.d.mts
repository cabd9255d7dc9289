/** What the set-up scripts found. */
export interface Facts {
  executablePath: string;
  args: string[];
  icd: string;
  /** A folder to add to the library path, where the system has no Vulkan loader. */
  loader?: string;
}

/** A test project that needs a set-up: its facts, or the reason why it cannot run here. */
export interface Backend {
  project: string;
  command: string;
  facts?: Facts;
  reason?: string;
}

/** The facts of a finished set-up by name (`firefox`), as long as its files are there. */
export function recorded(name: string): { executablePath: string } | undefined;
export function backends(read?: (setup: string) => object | undefined): Backend[];
export function missingBackends(options?: { env?: Record<string, string | undefined>; list?: Backend[] }): string[];
