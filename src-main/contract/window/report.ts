/** Reports for the window: the very page that is exported, and its other forms. */
import { oc, type } from '@orpc/contract';
import { z } from 'zod';

export const REPORT_FORMATS = ['html', 'markdown', 'csv', 'parquet', 'yaml'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportPart {
  readonly id: string;
  readonly title: string;
}

export interface ReportView {
  readonly name: string;
  /** Complete document. */
  readonly html: string;
  /** Sections that have something to say, chosen or not. */
  readonly parts: readonly ReportPart[];
  readonly notes: string;
  /** What makes the same report without the window. */
  readonly command: string;
  /** Parquet holds recorded curves of audits; why it cannot be had, or null. */
  readonly parquetRefusal: string | null;
}

export interface ReportFile {
  readonly name: string;
  readonly mediaType: string;
  /** Text, or base64 where it is binary. */
  readonly content: string;
  readonly isBase64: boolean;
}

const studyId = z.string().min(1, { error: 'must not be empty' }).max(200);
const leaveOut = z.array(z.string().min(1).max(60)).max(50, { error: 'at most 50 sections' }).default([]);
const notes = z.string().max(20_000, { error: 'notes have at most 20000 characters' }).default('');

export const reportContract = {
  read: oc
    .input(z.strictObject({ studyId, leaveOut, notes: notes.nullable().default(null) }))
    .output(type<ReportView>()),
  /** One file, or several where the format has one for each table. */
  export: oc
    .input(z.strictObject({ studyId, leaveOut, notes, format: z.enum(REPORT_FORMATS) }))
    .output(type<readonly ReportFile[]>()),
};
