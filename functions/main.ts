/**
 * The one entry that the Functions host loads. A file that throws at load leaves the host with "no functions found",
 * so nothing here, or in what it registers, touches settings or Azure before the first invocation.
 */
import { app } from '@azure/functions';
import { registerReconcile } from './reconcile/register.ts';
import { registerStream } from './stream/register.ts';
import { registerWebhooks } from './webhooks/register.ts';
import { followInvocations } from './worker.ts';

followInvocations(app);
registerWebhooks(app);
registerStream(app);
registerReconcile(app);
