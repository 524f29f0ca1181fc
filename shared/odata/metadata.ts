import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { PermanentError, messageOf } from '../errors.ts';

/** What a service says of itself in `$metadata` (OData CSDL in an EDMX document). */
export interface ODataMetadata {
  /** The type of each collection (`EntitySet`) by name. */
  readonly collections: ReadonlyMap<string, EntityType>;
}

export interface EntityType {
  readonly name: string;
  /** Type by property, such as `Edm.Decimal`; inherited ones included. */
  readonly properties: ReadonlyMap<string, string>;
  readonly keys: readonly string[];
}

interface RawType {
  readonly name: string;
  readonly baseType: string | undefined;
  readonly properties: Map<string, string>;
  readonly keys: string[];
}

/**
 * Reads `$metadata` as it comes: that of Dynamics 365 has tens of megabytes, and what is kept of it a few.
 * Entities that the document declares are not expanded, and a document type is refused.
 */
export class MetadataReader {
  readonly #parser = new SaxesParser();
  readonly #types = new Map<string, RawType>();
  readonly #collections = new Map<string, string>();
  readonly #aliases = new Map<string, string>();
  #namespace = '';
  #type: RawType | undefined;
  #isEdmx = false;

  constructor() {
    this.#parser.on('error', (fault) => {
      throw new PermanentError('odata-metadata', `$metadata is not XML: ${messageOf(fault)}`);
    });
    this.#parser.on('doctype', () => {
      throw new PermanentError('odata-metadata', '$metadata has a document type, which is not accepted');
    });
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('closetag', ({ name }) => {
      if (localName(name) === 'EntityType') this.#type = undefined;
    });
  }

  /** @throws PermanentError `odata-metadata` */
  write(text: string): void {
    this.#parser.write(text);
  }

  /** @throws PermanentError `odata-metadata` for a document that is cut or is no EDMX. */
  end(): ODataMetadata {
    this.#parser.close();
    if (!this.#isEdmx || this.#collections.size === 0)
      throw new PermanentError('odata-metadata', '$metadata holds no entity set: is this an OData address?');
    const collections = new Map<string, EntityType>();
    for (const [name, type] of this.#collections) {
      const found = this.#resolved(type);
      if (found) collections.set(name, found);
    }
    return { collections };
  }

  #open(tag: SaxesTagPlain): void {
    const at = (name: string): string => tag.attributes[name] ?? '';
    switch (localName(tag.name)) {
      case 'Edmx':
        this.#isEdmx = true;
        break;
      case 'Schema':
        this.#namespace = at('Namespace');
        if (at('Alias') !== '') this.#aliases.set(at('Alias'), this.#namespace);
        break;
      case 'EntityType': {
        const baseType = at('BaseType');
        this.#type = {
          name: at('Name'),
          baseType: baseType === '' ? undefined : baseType,
          properties: new Map(),
          keys: [],
        };
        this.#types.set(`${this.#namespace}.${at('Name')}`, this.#type);
        break;
      }
      case 'Property':
        this.#type?.properties.set(at('Name'), at('Type'));
        break;
      case 'PropertyRef':
        this.#type?.keys.push(at('Name'));
        break;
      case 'EntitySet':
        this.#collections.set(at('Name'), at('EntityType'));
        break;
      default:
    }
  }

  #resolved(name: string, depth = 0): EntityType | undefined {
    const type = this.#types.get(name) ?? this.#types.get(this.#withoutAlias(name));
    if (!type) return undefined;
    const base =
      type.baseType === undefined || depth > MAX_BASE_TYPES
        ? undefined
        : this.#resolved(type.baseType, depth + 1);
    if (!base) return type;
    return {
      name: type.name,
      properties: new Map([...base.properties, ...type.properties]),
      keys: type.keys.length > 0 ? type.keys : base.keys,
    };
  }

  #withoutAlias(name: string): string {
    const dot = name.lastIndexOf('.');
    return `${this.#aliases.get(name.slice(0, dot)) ?? name.slice(0, dot)}${name.slice(dot)}`;
  }
}

const MAX_BASE_TYPES = 10;
const localName = (name: string): string => name.slice(name.indexOf(':') + 1);
