import { isOwn, type RegisteredPlatform } from '../../../platforms/model.ts';
import { serviceOf } from '../../rules/process-id.ts';

/** What a link to a process may lead to; nothing is fetched to find out. */
export type Linked = { platform: RegisteredPlatform; process: string } | { fault: string };

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** The process that `href` names below `<base>/processes/`. */
function below(base: string, href: string): string | undefined {
  const start = `${base.replace(/\/+$/, '')}/processes/`;
  const rest = href.startsWith(start) ? href.slice(start.length) : '';
  return rest === '' || /[/?#]/.test(rest) ? undefined : decoded(rest);
}

/**
 * The process that a unit's `href` means: one of ours, one of a registered platform by its own address, or an openEO process by the URL
 * of its description, on a host from which its platform may take such.
 */
export function linkedProcess(href: string, hint: string | undefined, platforms: readonly RegisteredPlatform[], api: string): Linked {
  const ours = below(api, href);
  if (ours !== undefined) {
    const service = serviceOf(platforms, ours);
    return service ?? { fault: 'This is no process of a platform. A unit cannot be another deployed process.' };
  }
  const fitting = platforms.filter(({ id }) => hint === undefined || id === hint);
  for (const platform of fitting) {
    const process = isOwn(platform.kind) ? undefined : below(platform.baseUrl, href);
    if (process !== undefined) return { platform, process };
  }
  const url = URL.parse(href);
  const hosts = fitting.filter(({ kind, processHosts }) => kind === 'openeo' && url !== null && processHosts.includes(url.host));
  if (hosts.length === 1) return { platform: hosts[0]!, process: href };
  if (hosts.length > 1)
    return { fault: `Several platforms may run it: say which as "platform", ${hosts.map(({ id }) => id).join(' or ')}.` };
  return {
    fault:
      'No registered platform has this process. Link one as <its base URL>/processes/<id>, or an openEO process on a host that its platform takes processes from (GET /platforms lists platforms).',
  };
}
