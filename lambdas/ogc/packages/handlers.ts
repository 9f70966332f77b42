import type { Handlers } from '../../shared/http/call.ts';
import { summaryOf } from '../rules/describe.ts';
import type { PackageDeps } from './ports.ts';
import type { routes } from './routes.ts';
import { packageMedia } from './model.ts';
import { etagOf } from './use-cases/change.ts';
import { deploy, publish, replace, undeploy, withdraw } from './use-cases/deploy.ts';
import { showPackage } from './use-cases/show.ts';

const mediaType = (header: string | undefined): string => header?.split(';')[0]!.trim().toLowerCase() || packageMedia[0];

/** Answers of the routes of application packages; the function of the door serves them beside its others. */
export const packageHandlers = (deps: PackageDeps): Handlers<typeof routes> => ({
  deployProcess: async ({ caller, body, text, headers, query, url }) => {
    const original = { mediaType: mediaType(headers['content-type']), text };
    const { id, headline, revision } = await deploy(deps, caller, { body, original }, query.w);
    return {
      status: 201,
      headers: { location: `${url}/processes/${id}`, etag: etagOf(revision) },
      body: summaryOf(headline, id, url, true),
    };
  },
  replaceProcess: async ({ caller, params, body, text, headers }) => {
    const original = { mediaType: mediaType(headers['content-type']), text };
    const { revision } = await replace(deps, caller, params.processId, { body, original }, headers['if-match']);
    return { status: 204, headers: { etag: etagOf(revision) } };
  },
  undeployProcess: async ({ caller, params }) => {
    await undeploy(deps, caller, params.processId);
    return { status: 204 };
  },
  showPackage: async ({ caller, params }) => {
    const { original, revision } = await showPackage(deps, caller, params.processId);
    return { status: 200, headers: { 'content-type': original.mediaType, etag: etagOf(revision) }, body: original.text };
  },
  publishProcess: async ({ caller, params, headers }) => {
    const { id, published } = await publish(deps, caller, params.processId, headers['if-match']);
    const { revision, time, by } = published!;
    return { status: 200, body: { processID: id, revision, published: time, publishedBy: by } };
  },
  withdrawProcess: async ({ caller, params }) => {
    await withdraw(deps, caller, params.processId);
    return { status: 204 };
  },
});
