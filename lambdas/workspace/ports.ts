/** A file as it was announced. */
export interface Announced {
  key: string;
  bytes: number;
  /** Hexadecimal digits. */
  sha256: string;
  contentType: string;
}

export interface Uploads {
  /** Where and with which headers this very file may be sent, for so many seconds. The store refuses any other. */
  sign(file: Announced, seconds: number): Promise<{ url: string; headers: Record<string, string> }>;
  /** What parameters name a file by. */
  reference(key: string): string;
}
