/** The server refused, or the line was down: `message` is a sentence for people, `code` is for programs. */
export class ChannelError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message);
  }
}
