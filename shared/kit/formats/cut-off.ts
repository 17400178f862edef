/** Data that end before they are whole, as those of a connection that broke do. */
export class CutOff extends SyntaxError {}
