import type { ServedCollection } from './odata-answer.ts';

const NAMESPACE = 'Microsoft.Dynamics.DataEntities';

/** `$metadata` in the shape in which Dynamics 365 writes it: enumerations, entity types with keys, actions, a container. */
export function edmxOf(collections: readonly ServedCollection[]): string {
  return [
    '\ufeff<?xml version="1.0" encoding="utf-8"?>',
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
    '<edmx:DataServices>',
    `<Schema Namespace="${NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">`,
    '<EnumType Name="NoYes"><Member Name="No" Value="0" /><Member Name="Yes" Value="1" /></EnumType>',
    ...collections.map(typeOf),
    `<Action Name="cancel" IsBound="true"><Parameter Name="x" Type="Collection(${NAMESPACE}.${collections[0]?.type})" /><ReturnType Type="Edm.String" /></Action>`,
    '<EntityContainer Name="Resources">',
    ...collections.map(
      ({ name, type }) =>
        `<EntitySet Name="${name}" EntityType="${NAMESPACE}.${type}"><Annotation Term="Org.OData.Core.V1.OptimisticConcurrency"><Collection /></Annotation></EntitySet>`,
    ),
    '</EntityContainer>',
    '</Schema>',
    '</edmx:DataServices>',
    '</edmx:Edmx>',
  ].join('\n');
}

function typeOf({ type, keys, properties }: ServedCollection): string {
  const key = keys.map((name) => `<PropertyRef Name="${name}" />`).join('');
  const lines = Object.entries(properties).map(
    ([name, of]) =>
      `<Property Name="${name}" Type="${of.includes('.') ? of : `${NAMESPACE}.${of}`}"${keys.includes(name) ? ' Nullable="false"' : ''} />`,
  );
  return `<EntityType Name="${type}"><Key>${key}</Key>${lines.join('')}<Annotation Term="Microsoft.Dynamics.OData.Core.V1.LabelId" String="@SYS1" /></EntityType>`;
}
