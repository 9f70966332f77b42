import * as z from 'zod';

const Link = z.object({ rel: z.string(), href: z.url(), type: z.string(), title: z.string() }).meta({ id: 'Link' });

export const LandingPage = z.object({ title: z.string(), description: z.string(), links: z.array(Link) }).meta({ id: 'LandingPage' });
export type LandingPage = z.infer<typeof LandingPage>;

export const ApiDocument = z.looseObject({ openapi: z.string().meta({ example: '3.1.0' }) }).meta({ id: 'ApiDocument' });

export const Health = z.object({ status: z.literal('ok'), database: z.object({ status: z.literal('ok') }) }).meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;
