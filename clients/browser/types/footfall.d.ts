/** What a page may say of an event: JSON, nested at most four levels. */
export type Properties = Record<string, unknown>;

/** The answer of the platform's backend, as it had it from `POST /v1/tokens`. */
export interface Token {
  token: string;
  /** Seconds since 1970. Without it, a token is used until the server refuses it. */
  expires_at?: number;
  /** The server's time in seconds since 1970, as it was a moment ago. Without it, the device's clock is believed. */
  now?: number;
  /** Who acts. Without it, the token itself is read. */
  creator?: string;
}

export interface Options {
  /** Where Footfall is; the script tag knows it by itself. */
  host?: string;
  /** An address of the platform's backend that answers a `Token`; with proof, it is asked `?key=THUMBPRINT`. */
  tokenUrl?: string;
  /** The same as a function. */
  token?: (key?: string) => Promise<Token>;
  /** A batch goes when it has so many events; 20. */
  size?: number;
  /** Or so many seconds after its first one; 5. */
  seconds?: number;
  /** Views of pages: of `page:/path`, or of the receiver that the function names. */
  views?: boolean | ((location: Location) => string | false | null | undefined);
  /** Whether a page that comes back from the back/forward cache is viewed anew; no. */
  restored?: boolean;
  /** Impressions by the definition of the Media Rating Council, or none. */
  impressions?: "mrc" | "off";
  /** "required": nothing is tracked, kept or sent before `consent(true)`. */
  consent?: "required";
  /** Signs each request: the source asks for proof. */
  proof?: boolean;
  /** The console says what became of each event. */
  debug?: boolean;
}

/** Notes that somebody did `name` on `receiver`, as in `track("click__apply", "job:42")`. It never throws. */
export function track(name: string, receiver: `${string}:${string}`, properties?: Properties): void;

/** Begins. Called again, it asks for a new token: another person may have logged in. */
export function init(options: Options): void;

/** Keeps the person's answer for all pages of this origin. No: what waits is forgotten. */
export function consent(answer: boolean): void;

/** Sends what waits, as soon as that is allowed; settles when it was tried. */
export function flush(): Promise<void>;
