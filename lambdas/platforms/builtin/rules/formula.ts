/** A formula as a tree: numbers, bands (from 1), and operations on two of these. */
type Node = { number: number } | { band: number } | { op: '+' | '-' | '*' | '/'; left: Node; right: Node };

const token = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|[bB](\d{1,3})\b|([-+*/()]))/y;
const deepest = 100;

/** Reads a formula; the fault says what is wrong and where. */
export function parseFormula(text: string): { tree: Node; bands: number[] } | { fault: string } {
  let at = 0;
  let depth = 0;
  const bands = new Set<number>();
  const fail = (message: string): never => {
    throw new SyntaxError(`${message} at character ${at + 1}.`);
  };
  const next = (): RegExpExecArray | null => {
    token.lastIndex = at;
    return token.exec(text);
  };
  const sign = (signs: string): string | undefined => {
    const read = next();
    if (read?.[3] === undefined || !signs.includes(read[3])) return undefined;
    at = token.lastIndex;
    return read[3];
  };
  const operand = (): Node => {
    if ((depth += 1) > deepest) fail('The formula is nested too deeply');
    if (sign('-')) return done({ op: '-', left: { number: 0 }, right: operand() });
    if (sign('(')) {
      const inner = sum();
      if (!sign(')')) fail('A closing bracket is missing');
      return done(inner);
    }
    const read = next();
    if (read?.[1] === undefined && read?.[2] === undefined) fail('A number, a band such as b1, or a bracket is missing');
    at = token.lastIndex;
    if (read![1] !== undefined) return done({ number: Number(read![1]) });
    const band = Number(read![2]);
    if (band < 1) fail('Bands are counted from b1');
    bands.add(band);
    return done({ band });
  };
  const done = (node: Node): Node => {
    depth -= 1;
    return node;
  };
  const chain = (signs: string, part: () => Node): Node => {
    let left = part();
    for (let op = sign(signs); op !== undefined; op = sign(signs)) left = { op: op as '+', left, right: part() };
    return left;
  };
  const product = (): Node => chain('*/', operand);
  const sum = (): Node => chain('+-', product);
  try {
    const tree = sum();
    if (text.slice(at).trim() !== '') fail('Nothing fits here');
    return bands.size === 0 ? { fault: 'The formula names no band: b1, b2, ...' } : { tree, bands: [...bands].sort((a, b) => a - b) };
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: error.message };
    throw error;
  }
}

/** The value of a formula at one pixel; not finite where it is undefined. `valueOf` gives a band's value. */
export function evaluate(node: Node, valueOf: (band: number) => number): number {
  if ('number' in node) return node.number;
  if ('band' in node) return valueOf(node.band);
  const [left, right] = [evaluate(node.left, valueOf), evaluate(node.right, valueOf)];
  if (node.op === '+') return left + right;
  if (node.op === '-') return left - right;
  return node.op === '*' ? left * right : left / right;
}
