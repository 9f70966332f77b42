"""A picture of NDVI values that people recognise at once: water blue, bare ground sand, vegetation green, with its scale below."""

import warnings

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning

# Colours between these stops are interpolated; values beyond the ends take the end's colour.
RAMP = [
    (-0.6, (8, 38, 94)),
    (-0.4, (33, 102, 172)),
    (-0.3, (146, 190, 218)),
    (-0.2, (222, 224, 222)),
    (0.0, (243, 237, 218)),
    (0.1, (226, 206, 158)),
    (0.2, (204, 206, 112)),
    (0.35, (112, 174, 62)),
    (0.5, (36, 122, 46)),
    (0.8, (0, 62, 26)),
]
LOW, HIGH = RAMP[0][0], RAMP[-1][0]
TICKS = [-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8]
# The picture is one of palette indices: the ramp's colours first, then three for the paper, the writing and the frames.
SHADES = 250
PAPER, INK, FRAME = SHADES, SHADES + 1, SHADES + 2
OTHERS = {PAPER: (255, 255, 255), INK: (38, 50, 56), FRAME: (144, 164, 174)}
TARGET, MARGIN, BAR = 800, 24, 18

# Five columns by seven rows; each number is a row, its five bits the pixels from left to right.
GLYPHS = {
    '0': (14, 17, 19, 21, 25, 17, 14),
    '1': (4, 12, 4, 4, 4, 4, 14),
    '2': (14, 17, 1, 2, 4, 8, 31),
    '3': (31, 2, 4, 2, 1, 17, 14),
    '4': (2, 6, 10, 18, 31, 2, 2),
    '5': (31, 16, 30, 1, 1, 17, 14),
    '6': (6, 8, 16, 30, 17, 17, 14),
    '7': (31, 1, 2, 4, 8, 8, 8),
    '8': (14, 17, 17, 14, 17, 17, 14),
    '9': (14, 17, 17, 15, 1, 2, 12),
    '.': (0, 0, 0, 0, 0, 12, 12),
    '-': (0, 0, 0, 31, 0, 0, 0),
    'N': (17, 17, 25, 21, 19, 17, 17),
    'D': (28, 18, 17, 17, 17, 18, 28),
    'V': (17, 17, 17, 17, 17, 10, 4),
    'I': (14, 4, 4, 4, 4, 4, 14),
}


def shades(values):
    """Palette indices (uint8) of NDVI values."""
    return (np.clip((values - LOW) / (HIGH - LOW), 0, 1) * (SHADES - 1)).round().astype('uint8')


def palette():
    """Index to red, green, blue and opacity."""
    stops = [stop for stop, _ in RAMP]
    values = np.linspace(LOW, HIGH, SHADES)
    bands = [np.interp(values, stops, [colour[band] for _, colour in RAMP]).round().astype(int) for band in range(3)]
    ramp = {index: tuple(int(band[index]) for band in bands) for index in range(SHADES)}
    return {index: (*colour, 255) for index, colour in (ramp | OTHERS).items()}


def resized(values, target=TARGET):
    """The values with the longer side near `target` pixels, by whole steps: every pixel shown is one of the image."""
    step = -(-max(values.shape) // target)
    if step > 1:
        return values[::step, ::step]
    times = max(1, round(target / max(values.shape)))
    return values.repeat(times, axis=0).repeat(times, axis=1)


def write_text(canvas, text, x, y, scale=2):
    """Draws text with its upper left corner at (x, y)."""
    for index, character in enumerate(text):
        rows = np.array([[row >> (4 - column) & 1 for column in range(5)] for row in GLYPHS[character]], dtype=bool)
        pixels = np.kron(rows, np.ones((scale, scale), dtype=bool)).astype(bool)
        left = x + index * 6 * scale
        canvas[y : y + 7 * scale, left : left + 5 * scale][pixels] = INK


def text_width(text, scale=2):
    return len(text) * 6 * scale - scale


def draw_scale(canvas, left, top, width):
    """The word NDVI, the colour ramp and its ticks with their values."""
    title_width = text_width('NDVI') + MARGIN
    write_text(canvas, 'NDVI', left, top + 2)
    start, span = left + title_width, width - title_width - MARGIN
    canvas[top - 1 : top + BAR + 1, start - 1 : start + span + 1] = FRAME
    canvas[top : top + BAR, start : start + span] = shades(np.linspace(LOW, HIGH, span))
    for tick in TICKS:
        x = start + round((tick - LOW) / (HIGH - LOW) * (span - 2))
        canvas[top + BAR : top + BAR + 6, x : x + 2] = INK
        label = f'{tick:.1f}'
        write_text(canvas, label, x + 1 - text_width(label.lstrip('-')) // 2 - 12 * label.startswith('-'), top + BAR + 11)


def picture(values):
    """The whole picture as palette indices (height, width). Undefined pixels have the paper's colour."""
    values = resized(values)
    height, width = values.shape
    across = max(width, 560)
    canvas = np.full((height + 3 * MARGIN + BAR + 26, across + 2 * MARGIN), PAPER, dtype='uint8')
    left = MARGIN + (across - width) // 2
    canvas[MARGIN - 1 : MARGIN + height + 1, left - 1 : left + width + 1] = FRAME
    image = shades(values.filled(0))
    image[np.ma.getmaskarray(values)] = PAPER
    canvas[MARGIN : MARGIN + height, left : left + width] = image
    draw_scale(canvas, MARGIN, height + 2 * MARGIN, across)
    return canvas


def write_png(values, path):
    """Writes the picture of NDVI values as PNG."""
    canvas = picture(values)
    height, width = canvas.shape
    with warnings.catch_warnings():
        # A picture lies nowhere on Earth, and rasterio warns of that.
        warnings.simplefilter('ignore', NotGeoreferencedWarning)
        with rasterio.open(path, 'w', driver='PNG', width=width, height=height, count=1, dtype='uint8') as out:
            out.write(canvas, 1)
            out.write_colormap(1, palette())
