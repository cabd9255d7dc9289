/** The file in which a test of this title stands, below `lessons/<name>/`; nothing where there is none. */
export function testFileOf(name: string, title: string, from?: string): string | undefined;
