export interface Database {
  /** One cheap read; false when it fails in any way. */
  answers(): Promise<boolean>;
}
