import { beforeAll, it } from '@jest/globals';

/** A test that begins with the file's other ones of this kind and is awaited in its turn: for stories that mostly wait. */
export function together(name: string, story: () => Promise<void>): void {
  let told: Promise<void>;
  beforeAll(() => {
    told = story();
    told.catch(() => undefined); // the test below reports it
  });
  it(name, () => told);
}
