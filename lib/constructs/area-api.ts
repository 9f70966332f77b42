import { HttpMethod, type HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** The first segment of each path of a route table, once. */
const prefixes = (routes: readonly { path: string }[]): string[] => [...new Set(routes.map((r) => r.path.split('/')[1] ?? ''))];

/**
 * API Gateway routes of one area, made from its route table: any method of `/<prefix>` and of all below it, answered by the
 * area's function. Methods and single paths are the function's own, so that 405 says `Allow` and slashes are forgiven.
 */
export function addArea(api: HttpApi, area: string, routes: readonly { path: string }[], fn: IFunction): void {
  const integration = new HttpLambdaIntegration(area, fn, { scopePermissionToRoute: false });
  for (const prefix of prefixes(routes))
    for (const path of prefix ? [`/${prefix}`, `/${prefix}/{proxy+}`] : ['/'])
      api.addRoutes({ path, methods: [HttpMethod.ANY], integration });
}
