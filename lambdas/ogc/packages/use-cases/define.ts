import type { RegisteredPlatform } from '../../../platforms/model.ts';
import type { Definition, Unit } from '../../../platforms/packages/model.ts';
import { Problem } from '../../../shared/problem.ts';
import type { PackageDeps } from '../ports.ts';
import { describedBy, disagreements, type Told } from '../rules/define.ts';
import { ProcessId, readDescription, type Found } from '../rules/description.ts';
import { describeGraph } from '../rules/graph.ts';
import { linkedProcess } from '../rules/links.ts';
import { pointer, Reader, type Json } from '../rules/reader.ts';
import { findUnit, readContainer, type FoundUnit } from '../rules/units.ts';

interface Resolved {
  unit: Unit;
  told: Told;
}

/** What a package comes to, in either dialect; every fault at once, each where the client wrote it. `id`: what the path says. */
export async function definitionOf(
  deps: Pick<PackageDeps, 'catalogue' | 'schemaFault' | 'url'>,
  body: Json,
  id: string | undefined,
): Promise<Definition> {
  const reader = new Reader();
  const found = readDescription(body, deps.schemaFault, reader);
  const foundUnit = findUnit(body['executionUnit'], body['deploymentProfileName'], reader);
  const resolved = foundUnit && (await resolve(deps, foundUnit, found, reader));
  const named = nameOf(found, resolved?.told, id, reader);
  if (resolved !== undefined) disagreements(found, resolved.told, resolved.unit, reader);
  if (reader.faults.length > 0 || resolved === undefined || named === undefined)
    throw new Problem(422, 'VALIDATION_ERROR', 'The package has faults; details name each.', { errors: reader.faults.slice(0, 100) });
  return { description: describedBy(named, found, resolved.told), unit: resolved.unit };
}

/** The id that the path, the description or else the unit gives. */
function nameOf(found: Found | undefined, told: Told | undefined, id: string | undefined, reader: Reader): string | undefined {
  const at = found === undefined ? '/processDescription' : pointer(found.at, 'id');
  if (id !== undefined) {
    if (found?.id !== undefined && found.id !== id) reader.fault(at, `Must be ${id}, as in the path, or left out.`);
    return id;
  }
  if (found?.id !== undefined) return found.id;
  if (told?.id !== undefined && ProcessId.safeParse(told.id).success) return told.id;
  if (reader.faults.every(({ pointer: where }) => where !== at))
    reader.fault(at, 'Required: an id for the process, such as ndvi-of-tiles.');
  return undefined;
}

async function resolve(
  deps: Pick<PackageDeps, 'catalogue' | 'url'>,
  unit: FoundUnit,
  found: Found | undefined,
  reader: Reader,
): Promise<Resolved | undefined> {
  if (unit.kind === 'container') return containerUnit(unit, found, reader);
  const platforms = await deps.catalogue.platforms();
  if (unit.kind === 'graph') return graphUnit(unit, platforms, reader);
  const linked = linkedProcess(unit.href, unit.platform, platforms, deps.url);
  if ('fault' in linked) return reader.fault(unit.at, linked.fault);
  const { platform, process } = linked;
  const read = await deps.catalogue.describe(platform, process);
  if (read.kind === 'missing') return reader.fault(unit.at, `${platform.title} has no process of this name.`);
  if (read.kind === 'unavailable')
    throw new Problem(503, 'PLATFORM_UNAVAILABLE', `${platform.title} does not answer: ${read.message}`, {
      headers: { 'retry-after': '30' },
    });
  return { unit: { kind: 'process', platform: platform.id, process }, told: read.value };
}

function containerUnit(unit: FoundUnit & { kind: 'container' }, found: Found | undefined, reader: Reader): Resolved | undefined {
  if (found === undefined) {
    const none = new Map<string, never>();
    readContainer(
      { ...unit, value: { ...unit.value, bindings: undefined } },
      { inputs: [], outputs: [], inputBindings: none, outputBindings: none },
      reader,
    );
    if (reader.has('/processDescription')) return undefined;
    return reader.fault('/processDescription', 'Required: a container does not say by itself which inputs and outputs it has.');
  }
  const described = { ...found.entries, inputBindings: found.inputBindings, outputBindings: found.outputBindings };
  const container = readContainer(unit, described, reader);
  return container && { unit: container, told: { inputs: [], outputs: [] } };
}

function graphUnit(unit: FoundUnit & { kind: 'graph' }, platforms: readonly RegisteredPlatform[], reader: Reader): Resolved | undefined {
  const told = describeGraph(unit.document, unit.at, reader);
  const backEnds = platforms
    .filter(({ kind }) => kind === 'openeo')
    .filter(({ id }) => unit.platform === undefined || id === unit.platform);
  if (backEnds.length === 0)
    return reader.fault(
      unit.at,
      unit.platform === undefined ? 'No openEO back-end is registered.' : `No openEO back-end ${unit.platform} is registered.`,
    );
  if (backEnds.length > 1)
    return reader.fault(unit.at, `Say as "platform" beside the graph where it runs: ${backEnds.map(({ id }) => id).join(' or ')}.`);
  return { unit: { kind: 'graph', platform: backEnds[0]!.id, document: unit.document }, told };
}
