const part2 = (name: string): string => `http://www.opengis.net/spec/ogcapi-processes-2/1.0/conf/${name}`;
const part1 = (name: string): string => `http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/${name}`;

/** What is implemented in full; tests against the published schemas hold each. */
export const conformsTo: readonly string[] = [
  part1('core'),
  part1('json'),
  part1('ogc-process-description'),
  part1('job-list'),
  part1('callback'),
  part1('dismiss'),
  part2('deploy-replace-undeploy'),
  part2('ogcapppkg'),
];
