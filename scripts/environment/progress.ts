/** Tells people what happens and keeps how long each step took. */
export class Progress {
  readonly seconds: Record<string, number> = {};
  private readonly from: number;
  private over = false;
  private readonly write: (line: string) => void;

  /** `from`: the moment from which the left column counts, in milliseconds since 1970. */
  constructor(from = Date.now(), write: (line: string) => void = (line) => console.log(line)) {
    this.from = from;
    this.write = write;
  }

  /** Seconds since the beginning. */
  total(): number {
    return (Date.now() - this.from) / 1000;
  }

  /** From now on failures are consequences of the end and not worth a line, as are those after the first failure. */
  end(): void {
    this.over = true;
  }

  say(text: string): void {
    this.write(`${this.total().toFixed(1).padStart(6)} s  ${text}`);
  }

  /** Runs a step; says its name and duration at its end, or that it failed. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = Date.now();
    try {
      const result = await work();
      this.seconds[name] = (Date.now() - start) / 1000;
      this.say(`${name} (${this.seconds[name].toFixed(1)} s)`);
      return result;
    } catch (error) {
      if (!this.over) this.say(`${name} FAILED`);
      this.over = true;
      throw error;
    }
  }
}
