import type * as z from 'zod';

/** A setting that the stacks give to the function. A missing one is a deployment's fault, hence an exception. */
export function env(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`The environment variable ${name} is not set.`);
  return value;
}

/** A setting that is a JSON document, read with its schema. */
export const jsonEnv = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> => schema.parse(JSON.parse(env(name)));
