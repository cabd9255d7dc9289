/** A Firefox without a window. */
export interface Firefox {
  open(url: string): Promise<unknown>;
  /** What a function with this body gives in the page. */
  run(body: string, ...args: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}
export function openFirefox(executablePath: string, options?: { timeout?: number }): Promise<Firefox>;
