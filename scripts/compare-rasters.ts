import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The first bands of two GeoTIFFs, the one beside the other. */
export interface Comparison {
  /** The greatest difference of two pixels that both have. */
  difference: number;
  /** The same pixels are missing. */
  masks: boolean;
  shape: [number, number];
  /** `COG` for a cloud-optimized file; of the first one, as is the type. */
  layout: string | null;
  type: string;
  crs: boolean;
  /** The pixels lie at the same places. */
  grid: boolean;
}

const script = `
import json, sys, numpy, rasterio
with rasterio.open(sys.argv[1]) as a, rasterio.open(sys.argv[2]) as b:
    x, y = a.read(1, masked=True).astype('float64'), b.read(1, masked=True).astype('float64')
    print(json.dumps({'difference': float(abs(x - y).max()), 'masks': bool((x.mask == y.mask).all()), 'shape': list(x.shape),
        'layout': a.tags(ns='IMAGE_STRUCTURE').get('LAYOUT'), 'type': a.dtypes[0], 'crs': a.crs == b.crs,
        'grid': a.transform.almost_equals(b.transform, 1e-6)}))
`;

/** Compares two files by rasterio, which is a third party to both of them. Files of different sizes are an error. */
export async function compareRasters(one: string, other: string): Promise<Comparison> {
  const { stdout } = await promisify(execFile)('.venv/bin/python', ['-c', script, one, other]);
  return JSON.parse(stdout) as Comparison;
}
