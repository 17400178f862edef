/**
 * The type errors and ESLint's findings of connector folders, as one line of JSON. One program of TypeScript serves both: it
 * is what takes the time. Arguments: the tree, then the folders, relative to it.
 */
import { ESLint } from 'eslint';
import { relative } from 'node:path';
import ts from 'typescript';

/** TypeScript's error for folders without a file of its own. */
const NO_INPUTS = 18003;

const [root = '', ...folders] = process.argv.slice(2);

const config = { extends: './tsconfig.json', include: folders };
const { errors, fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(fileNames, options);
// Only these folders: to check the framework that they import takes longer than all the rest.
const own = fileNames.map((name) => program.getSourceFile(name)).filter((file) => file !== undefined);
const diagnostics = [
  ...errors.filter(({ code }) => code !== NO_INPUTS),
  ...own.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]),
];
const types = diagnostics.map(({ code, file, messageText, start = 0 }) => ({
  file: file === undefined ? 'tsconfig.json' : inTree(file.fileName),
  line: file === undefined ? 1 : file.getLineAndCharacterOfPosition(start).line + 1,
  text: `${ts.flattenDiagnosticMessageText(messageText, ' ')} (TS${code})`,
}));

const parserOptions = { projectService: false, programs: [program] };
const eslint = new ESLint({
  cwd: root,
  errorOnUnmatchedPattern: false,
  overrideConfig: { languageOptions: { parserOptions } },
});
const results = await eslint.lintFiles(folders);
const lint = results.flatMap(({ filePath, messages }) =>
  messages.map(({ fix, line = 1, message, ruleId }) => ({
    file: inTree(filePath),
    line,
    text: ruleId === null ? message : `${message} (${ruleId})`,
    hasFix: fix !== undefined,
  })),
);

process.stdout.write(JSON.stringify({ types, lint }));

function inTree(path) {
  return relative(root, path).replaceAll('\\', '/');
}
