/** Errors on the wire: an EspalierError crosses whole, so that a form can name the field that is wrong. */
import { ORPCError } from '@orpc/contract';
import { z } from 'zod';
import { type ErrorProblem, EspalierError, messageOf } from '../errors.ts';

const STATUS = { 'bad-input': 400, refused: 409, failed: 500, interrupted: 499 } as const;

const wireErrorSchema = z.object({
  espalier: z.enum(['bad-input', 'refused', 'failed', 'interrupted']),
  hint: z.string().optional(),
  problems: z.array(z.object({ at: z.string(), message: z.string(), line: z.number().optional() })),
});

/** Any failure of a procedure as an error of the protocol. */
export function toWireError(error: unknown): ORPCError<string, unknown> {
  if (error instanceof ORPCError) return isInvalidInput(error) ? toWireError(invalidInput(error)) : error;
  const known =
    error instanceof EspalierError
      ? error
      : new EspalierError('failed', messageOf(error), {
          hint: 'Look at the log of the service.',
          cause: error,
        });
  const { code, message, hint, problems } = known;
  return new ORPCError(`ESPALIER_${code.replace('-', '_').toUpperCase()}`, {
    status: STATUS[code],
    message,
    data: { espalier: code, ...(hint === undefined ? {} : { hint }), problems },
    cause: error,
  });
}

/** The error that was sent; null for one of the connection itself. */
export function fromWireError(error: unknown): EspalierError | null {
  if (error instanceof EspalierError) return error;
  if (!(error instanceof ORPCError)) return null;
  const sent = wireErrorSchema.safeParse(error.data);
  if (!sent.success) return new EspalierError('failed', error.message, { cause: error });
  const { espalier, hint, problems } = sent.data;
  return new EspalierError(espalier, error.message, {
    ...(hint === undefined ? {} : { hint }),
    problems: problems.map(({ at, message, line }) => ({
      at,
      message,
      ...(line === undefined ? {} : { line }),
    })),
    cause: error,
  });
}

const issuesSchema = z.object({
  issues: z.array(z.object({ message: z.string(), path: z.array(z.unknown()).optional() })),
});

const isInvalidInput = (error: ORPCError<string, unknown>): boolean =>
  error.code === 'BAD_REQUEST' && issuesSchema.safeParse(error.data).success;

function invalidInput(error: ORPCError<string, unknown>): EspalierError {
  const { issues } = issuesSchema.parse(error.data);
  const problems: ErrorProblem[] = issues.map(({ message, path = [] }) => ({
    at: path.map(String).join('.') || 'input',
    message,
  }));
  const [first] = problems;
  return new EspalierError('bad-input', first ? `${first.at}: ${first.message}` : 'the input is not valid', {
    problems,
  });
}
