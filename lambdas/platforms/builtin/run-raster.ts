import { withoutSecrets } from '../../shared/redact.ts';
import type { Clock } from '../../shared/time/clock.ts';
import type { BuiltinStore, FileStore, Rasters } from './ports.ts';
import { rasterProcesses } from './process-raster.ts';
import * as rules from './rules.ts';
import { RasterFault } from './rules/raster-fault.ts';

/**
 * Computes a raster job to its end, at least once: only the first of several runs begins, and one that broke off goes on when the same run
 * is delivered again. What the request or its source is to blame for fails the job with the reason; anything else is thrown, for another try.
 */
export async function runRaster(
  { store, files, rasters, clock }: { store: BuiltinStore; files: FileStore; rasters: Rasters; clock: Clock },
  id: string,
  runId: string,
): Promise<'finished' | 'error' | 'nothing'> {
  const begun = await store.update(id, rules.begin(runId, clock.now()));
  if (!begun.ok) return 'nothing';
  const { process, inputs } = begun.item;
  const task = rasterProcesses.find(({ summary }) => summary.id === process)?.read(inputs).data;
  try {
    if (task === undefined) throw new RasterFault('The inputs do not fit.');
    const { files: made, values } = await rasters.compute(await rasters.download(task.source), task);
    const written: [string, { key: string; type: string }][] = [];
    for (const { name, fileName, type, bytes } of made)
      written.push([name, { key: await files.writeFile(id, fileName, bytes, type), type }]);
    const ended = await store.update(id, rules.finish(runId, { outputs: values, files: Object.fromEntries(written) }, clock.now()));
    return ended.ok ? 'finished' : 'nothing';
  } catch (error) {
    if (!(error instanceof RasterFault)) throw error;
    return (await store.update(id, rules.fail(runId, withoutSecrets(error.message), clock.now()))).ok ? 'error' : 'nothing';
  }
}
