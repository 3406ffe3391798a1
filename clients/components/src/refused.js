/** The API, or the backend that has the tokens, said no. */
export class Refused extends Error {
  constructor(status, detail, wait = 0) {
    super(detail);
    this.status = status;
    this.wait = wait;
  }

  /** Whether the same question may be answered later. */
  get passes() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }

  /** The refusal that an answer tells: a problem (RFC 9457), if it is of the API. */
  static async by(answer, where) {
    const problem = await answer.json().catch(() => ({}));
    const errors = problem.errors ? ` ${JSON.stringify(problem.errors)}` : "";
    const detail = `${problem.detail ?? `${answer.status} from ${where}`}${errors}`;
    return new Refused(answer.status, detail, Number(answer.headers.get("Retry-After")) || 0);
  }
}
