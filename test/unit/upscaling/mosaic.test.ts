import { describe, expect, it } from '@jest/globals';
import { relative } from 'node:path';
import { collectResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import type { AssetOutcome } from '../../../lambdas/platforms/ports.ts';
import { withGdal } from '../../../lambdas/shared/gdal/session.ts';
import { gdalPainter } from '../../../lambdas/upscaling/gdal.ts';
import { MosaicLink } from '../../../lambdas/upscaling/results/model.ts';
import { boxAround, wrapped, type Box } from '../../../lambdas/upscaling/rules/boxes.ts';
import { boxOf, frameOf, paint, placeOf } from '../../../lambdas/upscaling/rules/mosaic.ts';
import { makeMosaic } from '../../../lambdas/upscaling/use-cases/make-mosaic.ts';
import { readMosaic } from '../../../lambdas/upscaling/use-cases/read-mosaic.ts';
import { taskWorld } from '../../support/task-world.ts';

const [red, blue] = [
  [255, 0, 0, 255],
  [0, 0, 255, 255],
] as const;
const filled = (colour: readonly number[], pixels: number) => Uint8Array.from(Array.from({ length: pixels }, () => colour).flat());

describe('the box around boxes', () => {
  it.each<[string, Box[], Box]>([
    [
      'two',
      [
        [1, 2, 3, 4],
        [2, 0, 5, 3],
      ],
      [1, 0, 5, 4],
    ],
    [
      'two on both sides of the antimeridian',
      [
        [178, 0, 179, 1],
        [-179, 0, -178, 1],
      ],
      [178, 0, -178, 1],
    ],
    [
      'one across the antimeridian and its neighbour',
      [
        [179, 0, -179, 1],
        [-179, 0, -178, 1],
      ],
      [179, 0, -178, 1],
    ],
    [
      'the whole earth',
      [
        [-180, -90, 0, 90],
        [0, -90, 180, 90],
      ],
      [-180, -90, 180, 90],
    ],
  ])('is that of %s', (_, boxes, around) => expect(wrapped(boxAround(boxes)!)).toEqual(around));

  it('does not exist where there is none', () => expect(boxAround([])).toBeUndefined());
});

describe('a frame', () => {
  it('leaves the first picture its size', () => {
    const frame = frameOf(
      [
        [0, 0, 1, 1],
        [1, 1, 3, 2],
      ],
      { box: [0, 0, 1, 1], width: 10, height: 20 },
    );
    expect(frame).toEqual({ box: [0, 0, 3, 2], width: 30, height: 40 });
    expect(placeOf(frame, [0, 0, 1, 1])).toEqual({ left: 0, top: 20, width: 10, height: 20 });
    expect(placeOf(frame, [1, 1, 3, 2])).toEqual({ left: 10, top: 0, width: 20, height: 20 });
  });

  it('has at most 2,048 pixels a side, and at least one', () => {
    const frame = frameOf([[0, 0, 100, 0.001]], { box: [0, 0, 100, 0.001], width: 100_000, height: 10 });
    expect(frame).toMatchObject({ width: 2048, height: 1 });
  });

  it('leaves no gap between neighbours, also where these leave a sliver, and nothing stands out of it', () => {
    const columns = Array.from({ length: 7 }, (_, n): Box => [n / 7, 0, (n + 1) / 7 - (n < 6 ? 0.01 : 0), 1]);
    const frame = frameOf(columns, { box: columns[0]!, width: 3, height: 5 });
    const places = columns.map((box) => placeOf(frame, box));
    for (const [n, { left, width }] of places.entries()) {
      const next = places[n + 1]?.left ?? frame.width;
      expect([next, next + 1]).toContain(left + width);
      expect(left + width).toBeLessThanOrEqual(frame.width);
    }
    expect(placeOf(frame, [1 - 1e-9, 0, 1, 1e-9])).toEqual({ left: frame.width - 1, top: frame.height - 1, width: 1, height: 1 });
  });

  it('puts pictures beyond the antimeridian beside those before it', () => {
    const frame = frameOf(
      [
        [179, 0, 180, 1],
        [-180, 0, -179, 1],
      ],
      { box: [179, 0, 180, 1], width: 4, height: 4 },
    );
    expect(placeOf(frame, [-180, 0, -179, 1])).toEqual({ left: 4, top: 0, width: 4, height: 4 });
  });

  it('takes boxes that have an area alone', () => {
    expect([boxOf([1, 1, 1, 2]), boxOf([0, 2, 1, 1]), boxOf([0, 0, Number.NaN, 1])]).toEqual([undefined, undefined, undefined]);
    expect(boxOf([179, 0, -179, 1])).toEqual([179, 0, 181, 1]);
  });

  it('shows what is below where a picture is transparent', () => {
    const canvas = filled(red, 2);
    paint(canvas, { width: 2 }, Uint8Array.of(0, 0, 255, 0, 0, 0, 255, 128), { left: 0, top: 0, width: 2, height: 1 });
    expect([...canvas]).toEqual([255, 0, 0, 255, 127, 0, 128, 255]);
  });
});

describe('pictures', () => {
  const program = relative(process.cwd(), 'node_modules/gdal3.js/dist/package');
  const png = (colour: readonly number[], width: number, height: number) =>
    withGdal(program, (session) => gdalPainter(session).png(filled(colour, width * height), width, height));
  const pixelsOf = (picture: Uint8Array) =>
    withGdal(program, (session) =>
      gdalPainter(session).pixelsOf(picture, ({ width, height }) => ({ width: width / 2, height: height / 2 })),
    );

  it('are read in the size that is wanted', async () => {
    expect(await pixelsOf(await png(blue, 8, 4))).toEqual(Buffer.from(filled(blue, 8)));
  });

  // Each of one colour, written by GDAL.
  it.each([
    ['grey', 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVQImWPUYGBiYAAAANoALOn5A+EAAAAASUVORK5CYII=', [40, 40, 40, 255]],
    [
      'grey and opacity',
      'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAQAAADYv8WvAAAAEklEQVQImWPUaGBgYGJgYGAAAAWGAKxao5jjAAAAAElFTkSuQmCC',
      [40, 40, 40, 128],
    ],
    [
      'grey of 16 bits',
      'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACEAAAAAAHTY67AAAAEklEQVQImWPU0GBgYGJgYGAAAALGAFQfdOLUAAAAAElFTkSuQmCC',
      [40, 40, 40, 255],
    ],
    [
      'three bands',
      'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVQImWPkEpFjYGBgYmBgYGBgAAAC5gBAOqBcOwAAAABJRU5ErkJggg==',
      [10, 20, 30, 255],
    ],
    [
      'a palette',
      'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAMAAABFaP0WAAAABlBMVEUAAAAKFB58UdYvAAAADklEQVQImWNgZGRgZAQAABIABaJZwXoAAAAASUVORK5CYII=',
      [10, 20, 30, 255],
    ],
  ])('of %s become red, green, blue and opacity', async (_, picture, colour) =>
    expect([...(await pixelsOf(Buffer.from(picture, 'base64')))!]).toEqual(colour),
  );

  it('may be JPEG', async () => {
    const jpeg =
      '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2wBDAQgJCQwLDBgNDRgyIRwhMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjL/wAARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAA//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AIiAcL//2Q==';
    expect(new Set(await pixelsOf(Buffer.from(jpeg, 'base64'))).size).toBe(4);
  });

  it.each([
    ['nothing', ''],
    ['a text', '<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>'],
    ['what only begins like a picture', '\x89PNG\r\n\x1a\nand no more'],
  ])('that are %s are none', async (_, text) => expect(await pixelsOf(Buffer.from(text, 'latin1'))).toBeUndefined());
});

describe('the mosaic of a task', () => {
  /** A task whose jobs are successful; a value is where the picture of its job lies, in degrees east, or undefined for none. */
  async function aTask(values: unknown[], collected = values.length) {
    const w = taskWorld({ platform: { limits: { parallel: 20, burst: 100, running: 200, readsPerMinute: 100_000 } } });
    const { taskId } = await w.sendTask('alice', values);
    await w.settle();
    await w.serve();
    w.remote.results = async (id) => {
      const east = w.remote.jobs.find((job) => job.id === id)!.inputs['text'];
      const footprint = {
        type: 'LineString',
        coordinates: [
          [east, 0],
          [Number(east) + 1, 1],
        ],
      };
      if (typeof east !== 'number') return { kind: 'found', value: { outputs: [{ name: 'note', value: east }] } };
      const picture = { name: 'quicklook', href: `https://plat.example/${east}.png`, type: 'image/png' };
      return { kind: 'found', value: { outputs: [picture, { name: 'footprint', value: footprint }] } };
    };
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    for (const { id } of w.remote.jobs) w.remote.end(id, 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await w.count();
    const collect = (from: number, to: number) =>
      Promise.all(values.slice(from, to).map((_, n) => collectResults(w.deps, `${taskId}-${from + n}`)));
    await collect(0, collected);

    let answers = true;
    const asked: number[] = [];
    const files = new Map<string, string>();
    async function opened(href: string): Promise<AssetOutcome> {
      if (!answers) return { kind: 'unavailable', message: 'no route' };
      const body = (async function* () {
        yield Buffer.from(href.includes('/7.') ? 'no picture' : href);
      })();
      return { kind: 'found', body };
    }
    const remote = Object.assign(w.remote, { openAsset: opened });
    w.deps.client = () => remote;
    const painter = {
      pixelsOf: async (picture: Uint8Array, wanted: (size: { width: number; height: number }) => { width: number; height: number }) => {
        if (Buffer.from(picture).toString() === 'no picture') return undefined;
        const { width, height } = wanted({ width: 2, height: 2 });
        return filled(red, width * height);
      },
      png: async (pixels: Uint8Array) => pixels,
    };
    const made: string[] = [];
    const mosaics = {
      write: async (owner: string, id: string, bytes: Uint8Array) => void files.set(`${owner} ${id}`, Buffer.from(bytes).toString('hex')),
      remove: async (owner: string, id: string) => void files.delete(`${owner} ${id}`),
      sign: async (owner: string, id: string) => `https://signed.example/${owner}/${id}`,
    };
    const make = async (number: number) =>
      void made.push(await makeMosaic({ ...w.tasks, files: mosaics, painter }, taskId, number).catch((error: unknown) => String(error)));
    return {
      ...{ ...w, remote, opened, taskId, collect, asked, files, made, make, mosaics, painter },
      answer: (does: boolean) => void (answers = does),
      /** Asks for it; the function runs at once, unless it is to be `late`. */
      read: (late = false) =>
        readMosaic(
          {
            tasks: w.tasks.tasks,
            files: mosaics,
            clock: w.tasks.clock,
            maker: { make: async (_, number) => void (asked.push(number), late || (await make(number))) },
            pause: { seconds: async (seconds) => void (w.time.now += seconds * 1000) },
          },
          w.task(taskId),
        ),
    };
  }

  it('has the pictures of its jobs side by side, and says what is in it', async () => {
    const w = await aTask([10, 12, 'no picture', 7]);
    const link = await w.read();
    expect(MosaicLink.parse(link)).toEqual(link);
    expect(link).toMatchObject({
      ...{ bbox: [7, 0, 13, 1], width: 12, height: 2, pictures: 2, skipped: 2, left: 0, complete: true },
      href: `https://signed.example/alice/${w.taskId}`,
    });
    const row = [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1].map((there) => (there ? 'ff0000ff' : '00000000')).join('');
    expect(w.files.get(`alice ${w.taskId}`)).toBe(row + row);
  });

  it('is made once, and again when there is more', async () => {
    const w = await aTask([1, 2, 3], 2);
    expect(await w.read()).toMatchObject({ pictures: 2, complete: false });
    await w.read();
    expect(w.asked).toEqual([1]);
    await w.collect(2, 3);
    w.pass(11);
    expect(await w.read()).toMatchObject({ pictures: 3, complete: true });
    w.pass(3600);
    await w.read();
    expect(w.asked).toEqual([1, 2]);
  });

  it('is made once for all who ask at the same time, and asks for patience when that takes long', async () => {
    const w = await aTask([1]);
    expect(await Promise.all([w.read(true), w.read(true), w.read(true)])).toEqual([undefined, undefined, undefined]);
    expect(w.asked).toEqual([1]);
    await w.make(1);
    expect(await w.read()).toMatchObject({ pictures: 1 });
    w.pass(1000);
    expect([w.asked, w.made]).toEqual([[1], ['made']]);
  });

  it('that was begun by a function which died is begun again, and the dead one, come back, changes nothing', async () => {
    const w = await aTask([1]);
    await w.read(true);
    w.pass(301);
    expect(await w.read()).toMatchObject({ pictures: 1 });
    await w.make(1);
    expect([w.asked, w.made]).toEqual([
      [1, 2],
      ['made', 'nothing'],
    ]);
  });

  it('is shown to who had it made, however long that took, though its platform is silent about some', async () => {
    const w = await aTask([1, 2]);
    const { write } = w.mosaics;
    w.mosaics.write = async (...file) => {
      w.pass(60);
      await write(...file);
    };
    w.remote.openAsset = async (href) => (href.includes('/2.') ? { kind: 'unavailable', message: 'no route' } : w.opened(href));
    expect(await w.read()).toMatchObject({ pictures: 1, skipped: 1, complete: false });
  });

  it('has no more pictures than can be read in time, and says how many are left', async () => {
    const w = await aTask(Array.from({ length: 20 }, (_, n) => n + 10));
    w.remote.openAsset = async (href) => {
      w.pass(15);
      return w.opened(href);
    };
    expect(await w.read()).toMatchObject({ pictures: 8, skipped: 0, left: 12, complete: true });
  });

  it('that failed is an error, and is begun again by who asks next', async () => {
    const w = await aTask([1]);
    const { png } = w.painter;
    w.painter.png = () => Promise.reject(new Error('memory'));
    await expect(w.read()).rejects.toThrow('MOSAIC_FAILED');
    w.painter.png = png;
    expect(await w.read()).toMatchObject({ pictures: 1 });
  });

  it('does not exist where no job has a picture, and is looked for again when its platform answers again', async () => {
    const none = await aTask(['a', 'b']);
    await expect(none.read()).rejects.toMatchObject({ status: 404, code: 'NO_PICTURES' });
    await expect(none.read()).rejects.toMatchObject({ status: 404 });
    expect(none.asked).toEqual([1]);
    const silent = await aTask([1]);
    silent.answer(false);
    await expect(silent.read()).rejects.toMatchObject({ code: 'NO_PICTURES' });
    silent.answer(true);
    silent.pass(11);
    expect(await silent.read()).toMatchObject({ pictures: 1, complete: true });
  });

  it('is not ready before a job was successful', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', [1]);
    const deps = { tasks: w.tasks.tasks } as unknown as Parameters<typeof readMosaic>[0];
    await expect(readMosaic(deps, w.task(taskId))).rejects.toMatchObject({ status: 409, code: 'RESULTS_NOT_READY' });
  });

  it('of a task that is deleted meanwhile leaves nothing behind', async () => {
    const w = await aTask([1]);
    await w.read(true);
    w.mosaics.write = async (owner, id) => {
      w.files.set(`${owner} ${id}`, 'picture');
      await w.tasks.tasks.delete(id);
    };
    await w.make(1);
    expect([w.made, [...w.files.keys()]]).toEqual([['nothing'], []]);
  });
});
