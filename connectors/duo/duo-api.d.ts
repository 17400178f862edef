/** Duo's client for Node, which has no types of its own. */
declare module '@duosecurity/duo_api' {
  export const SIGNATURE_VERSION_2: 2;
  export const SIGNATURE_VERSION_5: 5;
  export class Client {
    constructor(integrationKey: string, secretKey: string, host: string, signatureVersion?: 2 | 5);
    /** Calls back with the JSON answer; `stat` is `ERROR` if there was no answer. */
    jsonApiCall(
      method: string,
      path: string,
      parameters: Readonly<Record<string, string>>,
      callback: (answer: unknown) => void,
    ): void;
  }
}
