/** Serves a folder on 127.0.0.1. */
export function serve(folder: string): Promise<{ url: string; close(): Promise<void> }>;
