import type { app as functionsApp } from '@azure/functions';
import { FUNCTIONS } from '../../shared/azure/names.ts';
import { registerReconcile } from '../../functions/reconcile/register.ts';

test('registers each function once, by the names that Bicep and the pages know, without touching settings', () => {
  const names: string[] = [];
  const poison: string[] = [];
  const note = (name: string): void => void names.push(name);
  const app = {
    timer: note,
    http: note,
    storageQueue: (name: string, { queueName }: { queueName: string }) => {
      note(name);
      if (queueName.endsWith('-poison')) poison.push(queueName);
    },
  };
  registerReconcile(app as unknown as typeof functionsApp);
  expect(names.sort()).toEqual([...FUNCTIONS.reconcile].sort());
  expect(poison.sort()).toEqual([
    'alerts-poison',
    'compact-poison',
    'hydrate-poison',
    'reconcile-poison',
    'spill-poison',
  ]);
});
