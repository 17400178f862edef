import type { Connector } from '../../shared/contract/connector';
import { bool, defineConnector, dynamic, long, rest, secret, string, text, url } from '../../shared';

const table = (name: string) =>
  ({
    name,
    time: 'published',
    columns: {
      Id: long('id'),
      Actor: string('actor.displayName'),
      Client: dynamic('client'),
      Value: dynamic('a'),
      First: string('$.tags[0]'),
      Ok: bool('ok'),
    },
  }) as const;

/** A connector with a pulled and a pushed source; its settings choose the body. */
export function hostileConnector(): Connector {
  return defineConnector({
    name: 'hostile',
    title: 'Hostile',
    settings: {
      url: url('The address of the vendor.', { example: 'https://vendor.test' }),
      shape: text('Which body it answers with.', { example: 'small records' }),
      bytes: text('How long that is.', { example: '1000' }),
    },
    sources: {
      pages: {
        pull: rest({
          base: 'url',
          path: '/{shape}/{bytes}',
          records: '$[*]',
          next: { kind: 'link' },
          stop: { on: 'empty-page' },
          resume: 'cursor',
          since: { in: 'query', name: 'since', format: 'epoch-ms' },
        }),
        table: table('HostilePages_CL'),
      },
      posts: {
        settings: { secret: secret('What signs the posts.') },
        receive: { verify: { kind: 'hmac', hash: 'sha256', secrets: ['secret'], header: 'x-signature' } },
        repeatedBodies: 'drop',
        table: table('HostilePosts_CL'),
      },
    },
  });
}
