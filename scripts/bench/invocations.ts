import { spawnSync } from 'node:child_process';
import { awsEnvironment } from '../environment/local.ts';

/** Each call of a function is a line of its log, as on AWS; the emulator's own Python has the client that reads them. */
const script = `
import boto3, json
logs = boto3.client("logs")
counts = {}
for page in logs.get_paginator("describe_log_groups").paginate():
    for group in page["logGroups"]:
        name = group["logGroupName"]
        for events in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
            counts[name] = counts.get(name, 0) + sum(event["message"].startswith("START RequestId") for event in events["events"])
print(json.dumps(counts))
`;

/** How often functions were called so far, by the group of their log. */
export function invocations(endpoint: string): Map<string, number> {
  const env = { PATH: process.env['PATH'], ...awsEnvironment(endpoint) };
  const { stdout, stderr, status } = spawnSync('.venv/bin/python', ['-c', script], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`The calls of functions cannot be counted: ${stderr.slice(-600)}`);
  return new Map(Object.entries(JSON.parse(stdout) as Record<string, number>));
}
