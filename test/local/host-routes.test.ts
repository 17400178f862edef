import { createRouter } from '../../local/host/http/routes';

const templates = [
  'api/items/{id}',
  'api/items/special',
  'api/items/{id:int}',
  'api/{*rest}',
  'api/maybe/{name?}',
  'api/file/{name}.{ext}',
  'api/page/{number=1}',
  'api/range/{n:range(1,5)}',
];
const find = createRouter(templates.map((template) => ({ template, methods: ['GET'], target: template })));

test.each([
  ['/api/items/special', 'api/items/special', {}],
  ['/api/items/12', 'api/items/{id:int}', { id: '12' }],
  ['/api/items/x%2By', 'api/items/{id}', { id: 'x+y' }],
  ['/API/Items/Q/', 'api/items/{id}', { id: 'Q' }],
  ['/api/maybe', 'api/maybe/{name?}', {}],
  ['/api/maybe/a', 'api/maybe/{name?}', { name: 'a' }],
  ['/api/file/a.b', 'api/file/{name}.{ext}', { name: 'a', ext: 'b' }],
  ['/api/page', 'api/page/{number=1}', { number: '1' }],
  ['/api/range/3', 'api/range/{n:range(1,5)}', { n: '3' }],
  ['/api/some/thing/else', 'api/{*rest}', { rest: 'some/thing/else' }],
  ['/api', 'api/{*rest}', {}],
])('%s is answered by %s', (path, target, params) => {
  expect(find('get', path)).toEqual({ target, params });
});

test.each([
  ['GET', '/other'],
  ['POST', '/api/items/1'],
])('no route answers %s %s', (method, path) => {
  expect(find(method, path)).toBeUndefined();
});
