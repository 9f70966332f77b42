import { spawnSync } from 'node:child_process';
import { awsEnvironment } from '../environment/local.ts';

/** The emulator counts calls of functions as AWS does; its own Python has the client that reads the counts. */
const script = `
import boto3, datetime, json
cloudwatch = boto3.client("cloudwatch")
end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
counts = {}
for metric in cloudwatch.list_metrics(Namespace="AWS/Lambda", MetricName="Invocations")["Metrics"]:
    name = metric["Dimensions"][0]["Value"]
    points = cloudwatch.get_metric_statistics(Namespace="AWS/Lambda", MetricName="Invocations", Dimensions=metric["Dimensions"],
        StartTime=end - datetime.timedelta(hours=12), EndTime=end, Period=43200, Statistics=["Sum"])["Datapoints"]
    counts[name] = sum(point["Sum"] for point in points)
print(json.dumps(counts))
`;

/** How often each function was called so far. */
export function invocations(endpoint: string): Map<string, number> {
  const env = { PATH: process.env['PATH'], ...awsEnvironment(endpoint) };
  const { stdout, stderr, status } = spawnSync('.venv/bin/python', ['-c', script], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`The calls of functions cannot be counted: ${stderr.slice(-600)}`);
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, number>));
}
