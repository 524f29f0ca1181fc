import { z } from 'zod';
import { businessDateSchema } from '../../../../shared/ids.ts';
import { absolute, closePolicySchema } from '../../../../shared/workflow/policy.ts';
import type { Closing } from '../../workflow/closing.ts';
import { READS_FINANCE } from '../access.ts';
import { apiRoute, type ApiRoute } from './api-route.ts';
import { API_ROOT } from './api-router.ts';
import { ROLES } from '../../../../shared/azure/names.ts';

/** The policy by which days are closed, and what the retailer's rules have accepted under it. */
export function autoAcceptRoutes(closing: Closing): ApiRoute[] {
  return [
    apiRoute({
      operationId: 'get-close-policy',
      summary: 'Reason codes, and what may stay open: close-policy.json of the master data',
      method: 'GET',
      path: `${API_ROOT}/policy`,
      roles: READS_FINANCE,
      response: closePolicySchema,
      handle: async () => ({ status: 200, content: await closing.policy() }),
    }),
    apiRoute({
      operationId: 'list-auto-accept-rules',
      summary: 'The rules that accept without a person, and what each has accepted in a span of dates',
      method: 'GET',
      path: `${API_ROOT}/auto-accept-rules`,
      roles: [ROLES.financeRead, ROLES.financeApprove],
      query: z.strictObject({
        from: businessDateSchema.optional(),
        to: businessDateSchema.optional(),
      }),
      response: z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            rule: z
              .record(z.string(), z.unknown())
              .optional()
              .describe('Absent where the policy has it no more.'),
            accepted: z.int().describe('Exceptions that stand accepted by it.'),
            amounts: z.record(z.string(), z.string()).describe('Their amounts without signs, by currency.'),
            exceptions: z.string().describe('Address of the list of them.'),
          }),
        ),
      }),
      handle: async ({ query }) => {
        const found = await closing.exceptions({ ...query, status: 'accepted' }, () => true);
        const { autoAccept = [] } = await closing.policy();
        const byRule = new Map(
          autoAccept.map(({ name }) => [name, { accepted: 0, amounts: new Map<string, bigint>() }]),
        );
        for (const { item } of found) {
          if (item.reason?.by.kind !== 'rule') continue;
          const sum = byRule.get(item.reason.by.id) ?? { accepted: 0, amounts: new Map<string, bigint>() };
          byRule.set(item.reason.by.id, sum);
          sum.accepted += 1;
          const { currency = '' } = item;
          sum.amounts.set(currency, (sum.amounts.get(currency) ?? 0n) + absolute(item.amountMinor));
        }
        const span = Object.entries(query)
          .map(([name, value]) => `&${name}=${value}`)
          .join('');
        const rules = [...byRule].map(([name, { accepted, amounts }]) => ({
          name,
          rule: autoAccept.find((rule) => rule.name === name),
          accepted,
          amounts: Object.fromEntries([...amounts].map(([currency, sum]) => [currency, sum.toString()])),
          exceptions: `${API_ROOT}/exceptions?status=accepted&acceptedBy=${name}${span}`,
        }));
        return { status: 200, content: { rules } };
      },
    }),
  ];
}
