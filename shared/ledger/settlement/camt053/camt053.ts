import { SaxesParser } from 'saxes';
import { messageOf } from '../../../errors.ts';
import { businessDateSchema } from '../../../ids.ts';
import { currencySchema, formatAmount, type Currency } from '../../../money.ts';
import { scrubFreeText } from '../../../privacy/scrub.ts';
import type { SettlementEntry, SettlementRow } from '../settlement-entry.ts';
import { SettlementFault, type SettlementFormat } from '../settlement-format.ts';
import { amountIn, errorRow } from '../settlement-table.ts';

/**
 * A bank statement by ISO 20022, camt.053 in any version: each booked entry, or each transaction of a batch entry that
 * gives its amounts, is a `bank` entry. It says what arrived of a payout. Names and accounts of parties are not kept.
 */
export const camt053: SettlementFormat = {
  name: 'bank statement (camt.053)',
  recognises: (head) => /<(\w+:)?BkToCstmrStmt\b/.test(head) || /camt\.053/.test(head),
  rows: readRows,
};

const MAX_TEXT = 140;
const MAX_ENTRIES_OF_STATEMENT = 500_000;
const MAX_DEPTH = 40;

/** An entry of a statement while it is read: texts by the path below the entry, the first of each. */
interface RawEntry {
  readonly line: number;
  readonly texts: Map<string, string>;
  readonly transactions: Map<string, string>[];
}
interface RawStatement {
  readonly line: number;
  readonly texts: Map<string, string>;
  readonly balances: Map<string, string>[];
  readonly entries: RawEntry[];
}

async function* readRows(file: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<SettlementRow> {
  const statements = new StatementReader();
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  try {
    for await (const bytes of content) {
      decoder ??= new TextDecoder(encodingOf(bytes));
      statements.write(decoder.decode(bytes, { stream: true }));
      for (const statement of statements.take()) yield* rowsOf(file, statement);
    }
    statements.close(decoder?.decode() ?? '');
  } catch (thrown) {
    if (!(thrown instanceof SettlementFault)) throw thrown;
    for (const statement of statements.take()) yield* rowsOf(file, statement);
    yield errorRow(file, statements.line, thrown.column, thrown.message);
    return;
  }
  for (const statement of statements.take()) yield* rowsOf(file, statement);
  if (statements.count === 0) yield errorRow(file, 1, '', 'The file holds no statement (Stmt)');
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  const declared = /encoding=["']([\w-]+)["']/.exec(
    Buffer.from(bytes.subarray(0, 200)).toString('latin1'),
  )?.[1];
  return /^(iso-8859-1|windows-1252|latin1)$/i.test(declared ?? '') ? 'windows-1252' : 'utf-8';
}

/** Collects whole statements from the elements of a file. A statement that is cut off is not one. */
class StatementReader {
  readonly #parser = new SaxesParser();
  readonly #path: string[] = [];
  #done: RawStatement[] = [];
  #statement: RawStatement | undefined;
  #entry: RawEntry | undefined;
  #transaction: Map<string, string> | undefined;
  #balance: Map<string, string> | undefined;
  #text = '';
  count = 0;

  constructor() {
    this.#parser.on('opentag', ({ name, attributes }) => {
      const local = name.slice(name.indexOf(':') + 1);
      this.#path.push(local);
      if (this.#path.length > MAX_DEPTH) throw new SettlementFault('', 'The XML is nested too deep');
      this.#text = '';
      this.#open(local, (attributes as Readonly<Record<string, string>>)['Ccy']);
    });
    this.#parser.on('text', (text) => {
      if (this.#text.length < 2_000) this.#text += text;
    });
    this.#parser.on('closetag', () => this.#close());
    this.#parser.on('doctype', () => {
      throw new SettlementFault('', 'The XML has a document type, which is not accepted');
    });
    this.#parser.on('error', (cause) => {
      throw new SettlementFault('', `The XML is not well-formed or not whole (${messageOf(cause)})`);
    });
  }

  get line(): number {
    return this.#parser.line;
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  close(text: string): void {
    this.#parser.write(text).close();
  }

  take(): RawStatement[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #open(name: string, currency: string | undefined): void {
    const line = this.#parser.line;
    if (name === 'Stmt') this.#statement = { line, texts: new Map(), balances: [], entries: [] };
    else if (name === 'Bal' && this.#statement) this.#balance = new Map();
    else if (name === 'Ntry') this.#entry = { line, texts: new Map(), transactions: [] };
    else if (name === 'TxDtls' && this.#entry) this.#transaction = new Map();
    if (currency !== undefined) this.#keep(`${this.#below()}@Ccy`, currency);
  }

  #close(): void {
    const text = this.#text.trim();
    if (text !== '') this.#keep(this.#below(), text);
    this.#text = '';
    const name = this.#path.pop();
    if (name === 'Bal' && this.#balance) {
      this.#statement?.balances.push(this.#balance);
      this.#balance = undefined;
    } else if (name === 'TxDtls' && this.#transaction) {
      this.#entry?.transactions.push(this.#transaction);
      this.#transaction = undefined;
    } else if (name === 'Ntry' && this.#entry) {
      this.#statement?.entries.push(this.#entry);
      if ((this.#statement?.entries.length ?? 0) > MAX_ENTRIES_OF_STATEMENT)
        throw new SettlementFault('Ntry', `The statement has more than ${MAX_ENTRIES_OF_STATEMENT} entries`);
      this.#entry = undefined;
    } else if (name === 'Stmt' && this.#statement) {
      this.#done.push(this.#statement);
      this.count += 1;
      this.#statement = undefined;
    }
  }

  #below(): string {
    for (const container of ['TxDtls', 'Ntry', 'Bal', 'Stmt']) {
      const at = this.#path.lastIndexOf(container);
      if (at !== -1) return this.#path.slice(at + 1).join('/');
    }
    return this.#path.join('/');
  }

  #keep(path: string, text: string): void {
    const into = this.#transaction ?? this.#entry?.texts ?? this.#balance ?? this.#statement?.texts;
    if (into && !into.has(path)) into.set(path, text);
    // Remittance lines may be many; the payout's number may be in any of them.
    else if (into && path === 'RmtInf/Ustrd') into.set(path, `${into.get(path)} ${text}`.slice(0, 1_000));
  }
}

function* rowsOf(file: string, statement: RawStatement): Generator<SettlementRow> {
  const rows: SettlementRow[] = [];
  const booked = statement.entries.filter(({ texts }) =>
    /^BOOK$/i.test(texts.get('Sts') ?? texts.get('Sts/Cd') ?? 'BOOK'),
  );
  for (const entry of booked) rows.push(...entryRows(file, statement, entry));
  const entries = rows.flatMap((row) => (row.ok ? [row.entry] : []));
  const fault = rows.every((row) => row.ok) ? balanceFault(statement, booked, entries) : undefined;
  if (fault === 'reversed') {
    yield* rows.map((row) => (row.ok && row.entry.text.startsWith('reversal') ? turned(row) : row));
    return;
  }
  yield* rows;
  if (fault !== undefined) yield errorRow(file, statement.line, 'Bal', fault);
}

const turned = (row: SettlementRow & { ok: true }): SettlementRow => {
  const netMinor = 0 - row.entry.netMinor;
  return { ok: true, entry: { ...row.entry, grossMinor: netMinor, netMinor } };
};

/** One row for each transaction of a batch that gives its amounts, otherwise one for the entry. */
function entryRows(file: string, statement: RawStatement, entry: RawEntry): SettlementRow[] {
  try {
    const whole = entryOf(file, statement, entry, entry.texts, entry.transactions[0] ?? new Map(), 0);
    if (entry.transactions.length < 2) return [{ ok: true, entry: whole }];
    const parts = entry.transactions.map((texts, index) =>
      hasAmount(texts) ? entryOf(file, statement, entry, entry.texts, texts, index + 1) : undefined,
    );
    const found = parts.filter((part) => part !== undefined);
    const sum = found.reduce((total, { netMinor }) => total + netMinor, 0);
    // Banks leave the amounts of a batch out, or give them in another currency: then the batch counts as one.
    return found.length === parts.length && sum === whole.netMinor
      ? found.map((one) => ({ ok: true, entry: one }))
      : [{ ok: true, entry: whole }];
  } catch (thrown) {
    if (!(thrown instanceof SettlementFault)) throw thrown;
    return [errorRow(file, entry.line, thrown.column, thrown.message)];
  }
}

const AMOUNTS = ['Amt', 'AmtDtls/TxAmt/Amt', 'AmtDtls/InstdAmt/Amt'] as const;
const hasAmount = (texts: ReadonlyMap<string, string>): boolean => AMOUNTS.some((path) => texts.has(path));

/** @param part 0 for the entry as a whole */
function entryOf(
  file: string,
  statement: RawStatement,
  entry: RawEntry,
  own: ReadonlyMap<string, string>,
  details: ReadonlyMap<string, string>,
  part: number,
): SettlementEntry {
  const texts = part === 0 ? own : details;
  const path = part === 0 ? 'Amt' : (AMOUNTS.find((one) => texts.has(one)) ?? 'Amt');
  const currency = currencyOf(
    texts.get(`${path}@Ccy`) ?? own.get('Amt@Ccy') ?? statement.texts.get('Acct/Ccy'),
  );
  const size = amountIn(path, (texts.get(path) ?? '').replace(/^0+(?=\d)/, ''), currency, '.');
  const direction =
    details.get('CdtDbtInd') !== undefined && part > 0 ? details.get('CdtDbtInd') : own.get('CdtDbtInd');
  if (direction !== 'CRDT' && direction !== 'DBIT')
    throw new SettlementFault('CdtDbtInd', `"${direction ?? ''}" is neither CRDT nor DBIT`);
  const netMinor = direction === 'CRDT' ? size : 0 - size;
  const date = dateOf(own);
  const reference = own.get('AcctSvcrRef') ?? details.get('Refs/AcctSvcrRef') ?? '';
  const ownReference = details.get('Refs/EndToEndId') ?? '';
  return {
    kind: 'bank',
    acquirer: 'bank',
    payoutId: '',
    reference: reference.slice(0, MAX_TEXT),
    merchantReference: ownReference === 'NOTPROVIDED' ? '' : ownReference.slice(0, MAX_TEXT),
    occurredOn: date,
    payoutDate: date,
    currency,
    grossMinor: netMinor,
    netCurrency: currency,
    feeMinor: 0,
    netMinor,
    // Several entries of one day may have one reference: only with its place in the statement is it the bank's own id.
    rowId: rowIdOf(statement, entry, part),
    text: `${own.get('RvslInd') === 'true' ? 'reversal ' : ''}${remittanceOf(own, details)}`.trim(),
    readAt: { part: file, row: entry.line },
  };
}

/** The same statement in two files has the same ids, whatever else the files hold. */
function rowIdOf(statement: RawStatement, entry: RawEntry, part: number): string {
  const account = statement.texts.get('Acct/Id/IBAN') ?? statement.texts.get('Acct/Id/Othr/Id') ?? '';
  const id = statement.texts.get('Id') ?? '';
  if (id === '') return '';
  return JSON.stringify([account.slice(-4), id, statement.entries.indexOf(entry) + 1, part]);
}

function remittanceOf(own: ReadonlyMap<string, string>, details: ReadonlyMap<string, string>): string {
  const text =
    details.get('RmtInf/Ustrd') ?? details.get('RmtInf/Strd/CdtrRefInf/Ref') ?? own.get('AddtlNtryInf') ?? '';
  return scrubFreeText(text.replace(/\s+/g, ' ')).slice(0, MAX_TEXT);
}

function dateOf(own: ReadonlyMap<string, string>) {
  const text =
    own.get('BookgDt/Dt') ?? own.get('BookgDt/DtTm') ?? own.get('ValDt/Dt') ?? own.get('ValDt/DtTm') ?? '';
  const date = businessDateSchema.safeParse(text.slice(0, 10));
  if (!date.success) throw new SettlementFault('BookgDt', `"${text}" is not a date YYYY-MM-DD`);
  return date.data;
}

function currencyOf(code: string | undefined): Currency {
  const parsed = currencySchema.safeParse(code);
  if (!parsed.success) throw new SettlementFault('Amt', `"${code ?? ''}" is no ISO 4217 currency`);
  return parsed.data;
}

const OPENING = new Set(['OPBD', 'PRCD']);
const CLOSING = new Set(['CLBD']);

/**
 * Opening balance + entries = closing balance. Banks disagree on whether a reversal's indicator is that of the reversal (as
 * ISO 20022 has it) or of what it reverses; the balances show which is meant.
 * @returns why the statement cannot be trusted, or `reversed` where the second reading is the right one
 */
function balanceFault(
  { balances }: RawStatement,
  booked: readonly RawEntry[],
  entries: readonly SettlementEntry[],
): string | undefined {
  const opening = balances.find((balance) => OPENING.has(codeOf(balance)));
  const closing = balances.find((balance) => CLOSING.has(codeOf(balance)));
  if (!opening || !closing || booked.length === 0) return undefined;
  const currency = currencyOf(closing.get('Amt@Ccy'));
  const moved = balanceOf(closing, currency) - balanceOf(opening, currency);
  const sum = (of: (entry: SettlementEntry) => number): bigint =>
    entries.reduce((total, entry) => total + BigInt(of(entry)), 0n);
  if (sum(({ netMinor }) => netMinor) === moved) return undefined;
  const isReversal = ({ text }: SettlementEntry): boolean => text.startsWith('reversal');
  if (sum((entry) => (isReversal(entry) ? 0 - entry.netMinor : entry.netMinor)) === moved) return 'reversed';
  const said = (minor: bigint): string => `${formatAmount(minor, currency)} ${currency}`;
  return `The entries add up to ${said(sum(({ netMinor }) => netMinor))}, but the balance moves by ${said(moved)}: entries are missing, or one was misread`;
}

const codeOf = (balance: ReadonlyMap<string, string>): string => balance.get('Tp/CdOrPrtry/Cd') ?? '';

function balanceOf(balance: ReadonlyMap<string, string>, currency: Currency): bigint {
  const size = BigInt(amountIn('Bal', (balance.get('Amt') ?? '').replace(/^0+(?=\d)/, ''), currency, '.'));
  return balance.get('CdtDbtInd') === 'DBIT' ? -size : size;
}
