import { readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, type StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { SwathStack } from './swath-stack.ts';

/**
 * A state machine whose source is `state-machines/<file>.asl.json`; every placeholder in it is a function that it may invoke.
 * Throws when a placeholder has no function or a function no placeholder.
 */
export class AslMachine extends StateMachine {
  constructor(scope: SwathStack, id: string, file: string, functions: Record<string, IFunction>, type: StateMachineType) {
    const text = readFileSync(new URL(`../../state-machines/${file}.asl.json`, import.meta.url), 'utf8');
    const wanted = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map((m) => m[1]!));
    const missing = [...wanted].filter((name) => !functions[name]);
    const unused = Object.keys(functions).filter((name) => !wanted.has(name));
    if (missing.length || unused.length)
      throw new Error(`${file}: placeholders without function: [${missing}], functions without placeholder: [${unused}]`);
    super(scope, id, {
      stateMachineType: type,
      // As text, not as a file: assertions on the template then see the states.
      definitionBody: DefinitionBody.fromString(text),
      definitionSubstitutions: Object.fromEntries(Object.entries(functions).map(([name, fn]) => [name, fn.functionArn])),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(scope, `${id}Logs`, { retention: scope.config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }),
        level: LogLevel.ERROR,
      },
    });
    this.addToRolePolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: Object.values(functions).map((fn) => fn.functionArn) }),
    );
  }
}
