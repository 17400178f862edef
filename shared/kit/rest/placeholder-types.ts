import type { DetailValue, ExportValue, ReadValue } from './request-texts';

/*
 * The placeholders of a text, for the compiler: what `parseTemplate` finds at run time. A name is an ASCII letter, then
 * letters, digits and `_`; of the braces around it, each pair is one brace of text, and a single one makes the value.
 */

/** The settings that a text names; `never` for a text that the compiler does not know. */
export type SettingsIn<Text extends string> = string extends Text
  ? never
  : Exclude<Named<Text>, DetailValue | ExportValue | ReadValue>;

/**
 * The settings that a declaration names. Used within `NoInfer`: otherwise the compiler infers a name from the type that the
 * declaration is assigned to, and accepts a misspelt one.
 */
export type SettingIn<Name extends string, Text extends string> =
  (string extends Name ? never : Name) | SettingsIn<Text>;

type Lower =
  | ('a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k' | 'l' | 'm')
  | ('n' | 'o' | 'p' | 'q' | 'r' | 's' | 't' | 'u' | 'v' | 'w' | 'x' | 'y' | 'z');
type Letter = Lower | Uppercase<Lower>;
type WordCharacter = Letter | '_' | '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

type IsWord<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First extends WordCharacter
    ? IsWord<Rest>
    : false
  : true;
type IsName<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First extends Letter
    ? IsWord<Rest>
    : false
  : false;

/** Braces in a row, counted: their number is odd where one is left over. */
type Odd<Count extends readonly 1[]> = Count extends readonly [1, 1, ...infer Rest extends readonly 1[]]
  ? Odd<Rest>
  : Count extends readonly [1]
    ? true
    : false;

type Named<Text extends string, Found extends string = never> = Text extends `${string}{${infer After}`
  ? Opened<After, [1], Found>
  : Found;

type Opened<
  After extends string,
  Open extends readonly 1[],
  Found extends string,
> = After extends `{${infer Rest}`
  ? Opened<Rest, [...Open, 1], Found>
  : After extends `${infer Name}}${infer Rest}`
    ? IsName<Name> extends true
      ? Closed<Rest, Open, [1], Name, Found>
      : Named<After, Found>
    : Found;

/** Takes a closing brace for each open one; the braces that face one another decide. */
type Closed<
  Rest extends string,
  Open extends readonly 1[],
  Pairs extends readonly 1[],
  Name extends string,
  Found extends string,
> = Pairs['length'] extends Open['length']
  ? Named<Rest, Found | (Odd<Pairs> extends true ? Name : never)>
  : Rest extends `}${infer More}`
    ? Closed<More, Open, [...Pairs, 1], Name, Found>
    : Named<Rest, Found | (Odd<Pairs> extends true ? Name : never)>;
