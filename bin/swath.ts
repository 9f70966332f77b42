import { App } from 'aws-cdk-lib';
import { loadConfig } from '../lib/config/load.ts';
import { swath } from '../lib/swath.ts';

const app = new App();
swath(app, loadConfig(app.node.tryGetContext('env')));
app.synth();
