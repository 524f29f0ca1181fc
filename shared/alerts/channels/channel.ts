import type { z } from 'zod';
import type { Alert } from '../alert.ts';
import type { commonRouteFields } from '../route-fields.ts';
import type { Notice } from '../notice.ts';
import type { RouteTimes } from '../route-times.ts';

/** What every route has, see `commonRouteFields`. */
export interface Route extends RouteTimes {
  readonly name: string;
  readonly channel: string;
  readonly kinds?: readonly string[] | undefined;
  readonly stores?: readonly string[] | undefined;
  readonly minSeverity?: Alert['severity'] | undefined;
  /** Where alerts go that nobody has acknowledged. */
  readonly escalation?: Escalation | undefined;
  /** Takes only what another route escalates to it. */
  readonly onlyEscalated?: boolean | undefined;
}

interface Escalation {
  readonly to: string;
  readonly afterMinutes: number;
  readonly minSeverity?: Alert['severity'] | undefined;
}

/** The schemas of those fields, for a channel to spread into its own. */
export type CommonRouteFields = ReturnType<typeof commonRouteFields>;

/** What goes over the wire by HTTP. It is sent as a POST to a public address only. */
export interface ChannelRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /**
   * Why an answer with a 2xx is no success, by the first 2,000 characters of its body: some services report a failure
   * there. Undefined where it is one.
   */
  readonly failureIn?: (answer: string) => string | undefined;
}

/** What goes over the wire by SMTP, to a mail server on a public address only. */
export interface ChannelMail {
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** `starttls` is required, never optional; `none` is for this machine alone. */
    readonly security: 'starttls' | 'tls' | 'none';
    readonly user?: string | undefined;
    readonly password?: string | undefined;
  };
  readonly from: string;
  readonly to: readonly string[];
  /** Without `<` and `>`; the same for every repeat. */
  readonly messageId: string;
  /** Message ids of earlier mails about the same alert, so that mail programs keep them together. */
  readonly references: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly isUrgent: boolean;
}

export type ChannelMessage = ChannelRequest | ChannelMail;

/** A way to send alerts: a file of its own, and one line in `list.ts`. */
export interface Channel<
  Name extends string,
  RouteSchema extends z.ZodType<Route>,
  Message extends ChannelMessage = ChannelMessage,
> {
  /** As `channel` in alert-routes.json. */
  readonly name: Name;
  /** A strict object with the common fields, `channel` as the literal of its name, and what else it needs. */
  routeSchema(common: CommonRouteFields, mayStay: boolean): RouteSchema;
  /** Whether this route has a secret `alert-NAME` in Key Vault; without this method it does. */
  needsSecret?(route: z.infer<RouteSchema>): boolean;
  /**
   * The same notice to the same route is the same message, however often it is sent, so a receiver can drop repeats.
   * @param secret of the route, as it is in Key Vault; empty where it needs none.
   * @throws PermanentError for a secret or a notice that this channel cannot take.
   */
  request(notice: Notice, route: z.infer<RouteSchema>, secret: string, nowMs: number): Message;
}

export type AnyChannel = Channel<string, z.ZodType<Route>>;

/** Ties a channel to its own types while it is written. */
export function alertChannel<
  Name extends string,
  RouteSchema extends z.ZodType<Route>,
  Message extends ChannelMessage,
>(channel: Channel<Name, RouteSchema, Message>): Channel<Name, RouteSchema, Message> {
  return channel;
}
