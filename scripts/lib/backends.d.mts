/** A test project that needs a set-up: its facts, or the reason why it cannot run here. */
export interface Backend {
  project: string;
  command: string;
  facts?: Record<string, string>;
  reason?: string;
}
export function backends(read?: (name: string) => Record<string, string> | undefined): Backend[];
export function missingBackends(options?: { env?: Record<string, string | undefined>; list?: Backend[] }): string[];
