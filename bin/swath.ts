import { App } from 'aws-cdk-lib';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadConfig } from '../lib/config/load.ts';
import { swath } from '../lib/swath.ts';
import { bundle } from '../scripts/bundle.ts';

const app = new App();
const config = loadConfig(app.node.tryGetContext('env'));
// A folder of this synthesis alone: the assembly gets copies named by their content, and nothing is shared with another one.
mkdirSync(app.outdir, { recursive: true });
const bundles = mkdtempSync(`${app.outdir}/bundles-`);
try {
  await bundle(bundles);
  app.node.setContext('bundles', bundles);
  swath(app, config);
  app.synth();
} finally {
  rmSync(bundles, { recursive: true, force: true });
}
