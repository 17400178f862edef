import { quoted } from './connector-folders';

/** Where everything is kept, where nobody names another folder. */
export const DATA = '.tributary';

/** A command that is suggested, as it finds the same folder. */
export function inFolder(command: string, data: string): string {
  return data === DATA ? command : `${command} --data ${quoted(data)}`;
}
