"""The process `ndvi` for pygeoapi 0.21 and 0.24: NDVI of a GeoTIFF, its files by reference, its numbers by value."""

import os
import time
import uuid

from pygeoapi.process.base import BaseProcessor, ProcessorExecuteError

from swath_picture import write_png
from swath_raster import compute

COG = 'image/tiff; application=geotiff; profile=cloud-optimized'


def _input(title, schema, needed=False):
    return {'title': title, 'description': title, 'minOccurs': int(needed), 'maxOccurs': 1, 'schema': schema}


METADATA = {
    'version': '1.0.0',
    'id': 'ndvi',
    'title': 'NDVI',
    'description': 'Normalised difference vegetation index of two bands of a GeoTIFF',
    'jobControlOptions': ['sync-execute', 'async-execute'],
    'outputTransmission': ['reference', 'value'],
    'keywords': ['ndvi', 'vegetation'],
    'links': [],
    'inputs': {
        'source': _input('Path or http URL of the GeoTIFF, as text or as {"href"}', {'type': 'string'}, needed=True),
        'red': _input('Number of the red band', {'type': 'integer', 'minimum': 1, 'default': 3}),
        'nir': _input('Number of the near-infrared band', {'type': 'integer', 'minimum': 1, 'default': 4}),
        'bbox': _input(
            'Part to compute: west, south, east, north in degrees',
            {
                'type': 'object',
                'format': 'ogc-bbox',
                'required': ['bbox'],
                'properties': {'bbox': {'type': 'array', 'items': {'type': 'number'}, 'minItems': 4, 'maxItems': 4}},
            },
        ),
        'delay': _input('Seconds to wait first, to try slow jobs', {'type': 'number', 'minimum': 0, 'default': 0}),
        'fail': _input('Message to fail with after the delay, to try failing jobs', {'type': 'string'}),
    },
    'outputs': {
        'ndvi': {'title': 'NDVI raster', 'schema': {'type': 'string', 'contentMediaType': COG}},
        'quicklook': {'title': 'Picture with its colour scale', 'schema': {'type': 'string', 'contentMediaType': 'image/png'}},
        'stats': {'title': 'Statistics of the NDVI values', 'schema': {'type': 'object'}},
        'footprint': {'title': 'Outline of the raster, WGS 84', 'schema': {'type': 'object', 'format': 'geojson-geometry'}},
    },
    'example': {'inputs': {'source': '/data/scene.tif', 'red': 3, 'nir': 4}},
}


def _inner(value, key):
    """pygeoapi hands `{"href": ...}`, `{"bbox": ...}` and `{"value": ...}` over as they came."""
    while isinstance(value, dict):
        if key not in value and 'value' not in value:
            raise ProcessorExecuteError(f'An object with "{key}" was expected')
        value = value.get(key, value.get('value'))
    return value


def _read(data):
    """The inputs with their types. Raises ProcessorExecuteError, which pygeoapi shows as the job's message."""
    source = _inner(data.get('source'), 'href')
    if not isinstance(source, str) or not source:
        raise ProcessorExecuteError('The input "source" is missing')
    bbox = _inner(data.get('bbox'), 'bbox')
    try:
        return {
            'path': source,
            'red': int(data.get('red', 3)),
            'nir': int(data.get('nir', 4)),
            'bbox': None if bbox is None else [float(number) for number in bbox],
        }
    except (TypeError, ValueError) as error:
        raise ProcessorExecuteError(f'An input is not a number: {error}') from None


class NdviProcessor(BaseProcessor):
    """SWATH_FILES_DIR and SWATH_FILES_URL name the folder of the files and the URL under which `platform_app` serves it."""

    def __init__(self, processor_def):
        super().__init__(processor_def, METADATA)
        self.supports_outputs = True
        self.job_id = None

    def set_job_id(self, job_id):
        self.job_id = job_id

    def _say_running(self):
        """pygeoapi calls a job `accepted` until its output is written; a process that knows better may say so."""
        from pygeoapi.flask_app import api_

        if self.job_id:
            api_.manager.update_job(self.job_id, {'status': 'running', 'message': 'Computing', 'progress': 25})

    def execute(self, data, outputs=None):
        inputs = _read(data)
        self._say_running()
        time.sleep(max(0.0, float(data.get('delay', 0))))
        if data.get('fail'):
            raise ProcessorExecuteError(str(data['fail']))
        try:
            result = compute(**inputs)
        except ValueError as error:
            raise ProcessorExecuteError(str(error)) from None
        name = f'ndvi-{uuid.uuid4()}'
        folder, url = os.environ['SWATH_FILES_DIR'], os.environ['SWATH_FILES_URL']
        result.write_cog(os.path.join(folder, f'{name}.tif'))
        write_png(result.values, os.path.join(folder, f'{name}.png'))
        answer = {
            'ndvi': {'href': f'{url}/{name}.tif', 'type': COG},
            'quicklook': {'href': f'{url}/{name}.png', 'type': 'image/png'},
            'stats': {'value': result.statistics()},
            'footprint': {'value': result.footprint()},
        }
        return 'application/json', {key: value for key, value in answer.items() if not outputs or key in outputs}

    def __repr__(self):
        return '<NdviProcessor>'
