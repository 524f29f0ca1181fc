import { SaxesParser } from 'saxes';
import { messageOf } from '../../../errors.ts';
import { UnreadableFile } from './unreadable-file.ts';
import { zipEntries, type ZipEntry } from './zip-file.ts';

const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * The data files of a package that the Data Management Framework of Dynamics 365 exports: a zip with `Manifest.xml`,
 * which names each entity and its file. A zip without a manifest is taken as the files that it holds.
 * @param entity the entity of the mapping; without it each entity of the package must be a ledger
 * @throws UnreadableFile
 */
export async function filesOfPackage(bytes: Buffer, entity: string | undefined): Promise<ZipEntry[]> {
  const entries = (await zipEntries(bytes)).filter(({ name }) => !/(^|\/)(\.|__MACOSX\/)/.test(name));
  const manifest = entries.find(({ name }) => baseName(name) === 'manifest.xml');
  if (!manifest) {
    const files = entries.filter(({ name }) => baseName(name) !== 'packageheader.xml');
    if (files.length === 0) throw new UnreadableFile('holds no files');
    return files;
  }
  const entities = entitiesOf(await textOf(manifest));
  const wanted = entities.filter(({ names }) => entity === undefined || names.includes(entity.toLowerCase()));
  if (wanted.length === 0) {
    const listed = entities.map(({ names }) => `"${names[0]}"`).join(', ');
    throw new UnreadableFile(
      entity === undefined
        ? 'has a manifest without any entity'
        : `has no entity "${entity}" in its manifest; it has ${listed || 'none'}`,
    );
  }
  return wanted.map(({ names, file }) => {
    const found = entries.find(({ name }) => baseName(name) === baseName(file));
    if (!found)
      throw new UnreadableFile(`lacks the file "${file}" that its manifest names for "${names[0]}"`);
    return found;
  });
}

const baseName = (path: string): string => (path.split(/[/\\]/).pop() ?? '').toLowerCase();

async function textOf({ content }: ZipEntry): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content()) {
    bytes += chunk.length;
    if (bytes > MAX_MANIFEST_BYTES) throw new UnreadableFile('has a manifest that is too long');
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  const isUtf16 = whole[0] === 0xff && whole[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(whole);
}

interface Entity {
  /** Its label and its technical name, in small letters. */
  readonly names: readonly string[];
  readonly file: string;
}

function entitiesOf(xml: string): Entity[] {
  const entities: Entity[] = [];
  const path: string[] = [];
  let text = '';
  let fields = new Map<string, string>();
  const parser = new SaxesParser();
  parser.on('opentag', ({ name }) => {
    path.push(name);
    text = '';
    if (name === 'DataManagementPackageEntityData') fields = new Map();
  });
  parser.on('text', (piece) => {
    text += piece;
  });
  parser.on('closetag', ({ name }) => {
    path.pop();
    if (path.at(-1) === 'DataManagementPackageEntityData') fields.set(name, text.trim());
    text = '';
    if (name !== 'DataManagementPackageEntityData' || fields.get('Disable') === 'true') return;
    const names = ['EntityName', 'TargetEntity'].flatMap((field) => fields.get(field)?.toLowerCase() ?? []);
    entities.push({ names, file: fields.get('InputFilePath') || `${fields.get('EntityName') ?? ''}.csv` });
  });
  parser.on('error', (cause) => {
    throw new UnreadableFile(`has a manifest that is not well-formed XML (${messageOf(cause)})`, { cause });
  });
  parser.write(xml).close();
  return entities;
}
