"""Makes a STAC collection of the sample scenes: one cloud-optimized GeoTIFF for each band, as openEO back-ends read them.

Usage: scenes.py <folder of scenes> <folder to write to>
"""

import json
import sys
from pathlib import Path

import rasterio
from rasterio.io import MemoryFile
from rasterio.shutil import copy
from rasterio.warp import transform_bounds

COLLECTION = 'landsat7'
# The day of neither scene is recorded: these are nominal.
DAYS = {'landsat7-olinda': '2001-08-01T12:00:00Z', 'landsat7-great-salt-lake': '2001-07-01T18:00:00Z'}
EXTENSIONS = [
    'https://stac-extensions.github.io/eo/v1.1.0/schema.json',
    'https://stac-extensions.github.io/projection/v1.1.0/schema.json',
]


def write_band(scene, index, path):
    """One band as a file of its own, its pixels unchanged."""
    with MemoryFile() as memory:
        options = {'driver': 'GTiff', 'dtype': scene.dtypes[index - 1], 'width': scene.width, 'height': scene.height}
        with memory.open(count=1, crs=scene.crs, transform=scene.transform, nodata=scene.nodata, **options) as band:
            band.write(scene.read(index), 1)
        with memory.open() as band:
            copy(band, path, driver='COG', compress='DEFLATE', blocksize=256)


def item(source, day, folder):
    """The STAC item of a scene; its assets are named after the bands."""
    with rasterio.open(source) as scene:
        west, south, east, north = box = list(transform_bounds(scene.crs, 'OGC:CRS84', *scene.bounds))
        assets = {}
        for index, name in enumerate(scene.descriptions, 1):
            path = folder / f'{source.stem}_{name}.tif'
            write_band(scene, index, path)
            assets[name] = {
                'href': path.as_uri(),
                'type': 'image/tiff; application=geotiff; profile=cloud-optimized',
                'roles': ['data'],
                'eo:bands': [{'name': name, 'common_name': name}],
            }
        return {
            'type': 'Feature',
            'stac_version': '1.0.0',
            'stac_extensions': EXTENSIONS,
            'id': source.stem,
            'collection': COLLECTION,
            'bbox': box,
            'geometry': {
                'type': 'Polygon',
                'coordinates': [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
            },
            'properties': {
                'datetime': day,
                'proj:epsg': scene.crs.to_epsg(),
                'proj:shape': list(scene.shape),
                'proj:transform': list(scene.transform),
            },
            'links': [],
            'assets': assets,
        }


def collection(items):
    """The STAC collection of the items."""
    boxes = [one['bbox'] for one in items]
    whole = [min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)]
    bands = [band for asset in items[0]['assets'].values() for band in asset['eo:bands']]
    return {
        'type': 'Collection',
        'stac_version': '1.0.0',
        'id': COLLECTION,
        'title': 'Landsat 7 sample scenes',
        'description': 'Two small scenes. Landsat-7 image courtesy of the U.S. Geological Survey.',
        'license': 'PDDL-1.0',
        'extent': {
            'spatial': {'bbox': [whole, *boxes]},
            'temporal': {'interval': [['2001-07-01T00:00:00Z', '2001-08-31T00:00:00Z']]},
        },
        'summaries': {'eo:bands': bands},
        'item_assets': {band['name']: {'roles': ['data'], 'eo:bands': [band]} for band in bands},
        'links': [],
    }


def main(scenes, folder):
    folder.mkdir(parents=True, exist_ok=True)
    items = [item(scenes / f'{name}.tif', day, folder) for name, day in DAYS.items()]
    (folder / 'collection.json').write_text(json.dumps(collection(items)))
    (folder / 'items.json').write_text(json.dumps({'type': 'FeatureCollection', 'features': items}))


if __name__ == '__main__':
    main(Path(sys.argv[1]), Path(sys.argv[2]).resolve())
