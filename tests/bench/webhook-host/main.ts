import { app } from '@azure/functions';
import { registerWebhooks } from '../../../functions/webhooks/register.ts';

/** The webhook beside a function that does nothing but take its body, on one host. */
registerWebhooks(app);
app.http('empty', {
  methods: ['POST'],
  authLevel: 'anonymous',
  route: 'empty',
  handler: async (request) => {
    await request.arrayBuffer();
    return { status: 200, body: '{}', headers: { 'content-type': 'application/json' } };
  },
});
