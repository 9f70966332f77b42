/** What is used of gdal3.js, which has no types for Node. */
declare module 'gdal3.js/node.js' {
  export interface Dataset {
    path: string;
  }
  export interface Gdal {
    open(files: string[]): Promise<{ datasets: Dataset[] }>;
    close(dataset: Dataset): Promise<void>;
    gdalinfo(dataset: Dataset, options: string[]): Promise<unknown>;
    gdal_translate(dataset: Dataset, options: string[], name: string): Promise<{ real: string }>;
  }
  export default function initGdal(options: { path: string; dest: string; useWorker: false }): Promise<Gdal>;
}
