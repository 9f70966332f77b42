"""NDVI of two bands, its statistics and footprint, and its two files: a cloud-optimized GeoTIFF and a picture."""

from dataclasses import dataclass

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import WindowError
from rasterio.transform import array_bounds
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window, from_bounds

NODATA = -9999.0

# A remote source may be a pre-signed URL: it is valid for GET only, and has no folder to list.
GDAL_OPTIONS = {
    'GDAL_DISABLE_READDIR_ON_OPEN': 'EMPTY_DIR',
    'CPL_VSIL_CURL_USE_HEAD': 'NO',
    'GDAL_HTTP_TIMEOUT': '30',
    'GDAL_HTTP_CONNECTTIMEOUT': '5',
}


@dataclass
class Ndvi:
    """Values from -1 to 1 (masked where undefined) on the grid of the source."""

    values: np.ma.MaskedArray
    crs: rasterio.crs.CRS
    transform: rasterio.Affine

    def statistics(self):
        """Minimum, maximum and mean of the defined pixels, how many there are, and the grid's size in pixels."""
        defined = self.values.compressed()
        height, width = self.values.shape
        numbers = {'min': defined.min(), 'max': defined.max(), 'mean': defined.mean(dtype='float64')} if defined.size else {}
        return {
            **{name: round(float(value), 6) for name, value in numbers.items()},
            'count': int(defined.size),
            'width': width,
            'height': height,
        }

    def footprint(self):
        """The grid's outline as a GeoJSON polygon (WGS 84, longitude and latitude, counter-clockwise)."""
        west, south, east, north = array_bounds(*self.values.shape, self.transform)
        corners_x, corners_y = [west, east, east, west, west], [south, south, north, north, south]
        longitudes, latitudes = transform(self.crs, 'OGC:CRS84', corners_x, corners_y)
        return {'type': 'Polygon', 'coordinates': [[[round(x, 7), round(y, 7)] for x, y in zip(longitudes, latitudes)]]}

    def write_cog(self, path):
        """A cloud-optimized GeoTIFF: 32-bit floating point, internal tiles and overviews, `NODATA` where undefined."""
        height, width = self.values.shape
        profile = {'count': 1, 'dtype': 'float32', 'height': height, 'width': width, 'nodata': NODATA}
        with rasterio.open(
            path, 'w', driver='COG', crs=self.crs, transform=self.transform, compress='DEFLATE', predictor=3, blocksize=256, **profile
        ) as out:
            out.write(self.values.filled(NODATA).astype('float32'), 1)
            out.set_band_description(1, 'NDVI')


def window_of(source, bbox):
    """The pixels of the source under a CRS84 box `[west, south, east, north]`; the whole image without one."""
    whole = Window(0, 0, source.width, source.height)
    if bbox is None:
        return whole
    wanted = from_bounds(*transform_bounds('OGC:CRS84', source.crs, *bbox), transform=source.transform)
    try:
        return wanted.round_offsets().round_lengths().intersection(whole)
    except WindowError:
        raise ValueError(f'The box {list(bbox)} does not meet the image.') from None


def compute(path, red=3, nir=4, bbox=None):
    """(nir - red) / (nir + red). Raises `ValueError` with the reason when the source, a band or the box is no good."""
    try:
        with rasterio.Env(**GDAL_OPTIONS), rasterio.open(path) as source:
            for name, band in (('red', red), ('nir', nir)):
                if not 1 <= band <= source.count:
                    raise ValueError(f'Band {band} ({name}) does not exist: the source has bands 1 to {source.count}.')
            if source.crs is None:
                raise ValueError('The source has no coordinate reference system.')
            window = window_of(source, bbox)
            bands = source.read([red, nir], window=window, masked=True, resampling=Resampling.nearest).astype('float32')
            crs, grid = source.crs, source.window_transform(window)
    except rasterio.errors.RasterioIOError as error:
        # GDAL repeats the URL in its message, with the signature of a pre-signed one.
        raise ValueError(f'The source cannot be read: {str(error).split("?")[0]}') from None
    total = bands[1] + bands[0]
    return Ndvi(np.ma.masked_where(total.filled(0) == 0, (bands[1] - bands[0]) / np.ma.masked_equal(total, 0)), crs, grid)
