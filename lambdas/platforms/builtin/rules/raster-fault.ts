/** A reason why a raster cannot be computed that the user can do something about. */
export class RasterFault extends Error {}
