import type { Submission } from '../../../platforms/ports.ts';
import type { ProcessDocument } from '../model.ts';
import { argumentsOf } from './boxes.ts';
import { taggedTitle } from './jobs.ts';

/** Names of output formats as back-ends list them, by the words of a job request. */
const formats: Readonly<Record<string, string>> = { gtiff: 'GTiff', netcdf: 'netCDF', geojson: 'GeoJSON', json: 'JSON' };

/** Where the process comes from: `namespace` is the URL of its description, absent for the platform's own. */
export interface KnownProcess {
  document: ProcessDocument;
  namespace?: string;
}

/** A UDP that saves its results itself needs no second `save_result`. */
const saves = ({ process_graph: graph }: ProcessDocument): boolean =>
  Object.values(graph ?? {}).some(({ process_id: id }) => id === 'save_result');

/**
 * The body of `POST /jobs`: one node for the process, resolved by its namespace (extension "remote process definition"),
 * and one that saves its result in the format asked for.
 */
export function jobBody({ document, namespace }: KnownProcess, submission: Submission): Record<string, unknown> {
  const { title, tag, inputs, format } = submission;
  const node = {
    process_id: document.id,
    ...(namespace === undefined ? {} : { namespace }),
    arguments: argumentsOf(inputs, document.parameters ?? []),
  };
  const graph =
    format === undefined || saves(document)
      ? { process: { ...node, result: true } }
      : {
          process: node,
          save: {
            process_id: 'save_result',
            arguments: { data: { from_node: 'process' }, format: formats[format] ?? format, options: {} },
            result: true,
          },
        };
  const options = document.default_job_options;
  return {
    title: taggedTitle(title, tag),
    process: { process_graph: graph },
    ...(options === undefined ? {} : { job_options: options }),
  };
}
