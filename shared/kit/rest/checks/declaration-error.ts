import { ContractError } from '../../../contract/errors';

/** The error for a member of a declaration that cannot work. */
export function wrong(member: string, because: string, advice: string): ContractError {
  return new ContractError(`reading a REST declaration: ${member}: ${because}. ${advice}.`);
}

/** Compiles a part of a declaration. @throws ContractError that names the member in whose value the fault is */
export function named<T>(member: string, compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    throw new ContractError(`reading a REST declaration: ${member}: ${(cause as Error).message}`, { cause });
  }
}
