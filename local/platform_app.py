"""pygeoapi's web application with one more route: the files its processes wrote, with byte ranges (pygeoapi serves none itself)."""

import os

from flask import send_from_directory
from pygeoapi.flask_app import APP


@APP.route('/files/<path:name>')
def files(name):
    """A result file; `Range` is honoured, so that a raster can be read in parts."""
    return send_from_directory(os.environ['SWATH_FILES_DIR'], name, conditional=True)
