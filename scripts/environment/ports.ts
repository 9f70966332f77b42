import { createServer } from 'node:net';

const listenable = (port: number) =>
  new Promise<number | undefined>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });

/** The port that the environment variable names, which must be free, or the one of last time if it is, or one that the system says is free. */
export async function choosePort(variable: string, lastTime?: number): Promise<number> {
  const wanted = process.env[variable];
  if (wanted === undefined || wanted === '') return (lastTime && (await listenable(lastTime))) || (await listenable(0))!;
  const number = Number(wanted);
  if (!Number.isInteger(number) || number < 1 || number > 65535) throw new Error(`${variable}=${wanted} is not a port number.`);
  const port = await listenable(number);
  if (port === undefined)
    throw new Error(`Port ${wanted} (${variable}) is taken. Choose another, or leave ${variable} out to take any free port.`);
  return port;
}
