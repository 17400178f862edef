import type { Command } from 'commander';
import { GENERATED } from './markdown';

const WIDTH = 100;

/** docs/reference/commands.md: the help of every command, as the command line itself gives it. */
export function commandsPage(program: Command): string {
  const sections = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .map((command) => `## ${command.name()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``);
  return `# Commands

${GENERATED}

Type \`npx tributary\` before each, inside the clone; \`npm start -- …\` is \`npx tributary start …\`. A command ends with 0;
with 1 when a run failed; with 2 for words or settings that it cannot use; with 3 when another run holds the source.

${sections.join('\n\n')}
`;
}

/** As wide everywhere, whatever the terminal. */
function helpOf(command: Command): string {
  const help = command.createHelp();
  help.helpWidth = WIDTH;
  return help.formatHelp(command, help).trimEnd();
}
