import { wrong } from './declaration-error';

/** @throws ContractError for a path that cannot be appended to the base address; the message names the member */
export function checkPath(member: string, path: string): void {
  if (!path.startsWith('/')) {
    throw wrong(member, `${path} does not begin with /`, 'It is appended to the base address');
  }
  if (/[?#]/.test(path)) {
    throw wrong(member, `${path} holds a query`, 'Declare its parameters in query');
  }
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    throw wrong(member, `${path} holds . or .., which leads to another address`, 'Write the address itself');
  }
}
