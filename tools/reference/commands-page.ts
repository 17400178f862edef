import type { Command } from 'commander';
import { GENERATED } from './markdown';

const WIDTH = 100;

/** docs/reference/commands.md: the help of every command, as the command line prints it. */
export function commandsPage(program: Command): string {
  const sections = commandsOf(program).map(
    ([name, command]) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``,
  );
  return `# Commands

${GENERATED}

Type \`npx tributary\` before each, inside the clone; \`npm start -- …\` is \`npx tributary start …\`. A command ends with 0;
with 1 when a run failed; with 2 for arguments or settings that it cannot use; with 3 when another run holds the source.

${sections.join('\n\n')}
`;
}

/** Every command without subcommands, with its full name: `state show`. */
function commandsOf(parent: Command, before = ''): (readonly [name: string, command: Command])[] {
  const visible = parent.createHelp().visibleCommands(parent);
  return visible
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const name = `${before}${command.name()}`;
      return command.commands.length === 0 ? [[name, command] as const] : commandsOf(command, `${name} `);
    });
}

/** The help of a command, with the same width in every terminal. */
function helpOf(command: Command): string {
  const help = command.createHelp();
  help.helpWidth = WIDTH;
  return help.formatHelp(command, help).trimEnd();
}
