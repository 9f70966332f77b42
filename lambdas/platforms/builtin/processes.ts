import type { ProcessSummary } from '../ports.ts';
import { echo, faultsOf } from './process-echo.ts';
import { rasterProcesses } from './process-raster.ts';

interface BuiltinProcess {
  summary: ProcessSummary;
  /** All faults of the inputs in one text; undefined when they are in order. */
  faultsOf(inputs: unknown): string | undefined;
}

/** The processes that run in this deployment itself. */
export const processes: ReadonlyMap<string, BuiltinProcess> = new Map(
  [
    { summary: echo, faultsOf },
    ...rasterProcesses.map(({ summary, read }) => ({
      summary,
      faultsOf: (inputs: unknown) =>
        read(inputs)
          .error?.issues.map(({ path, message }) => `${path.join('.') || 'inputs'}: ${message}`)
          .join('; '),
    })),
  ].map((process) => [process.summary.id, process]),
);
