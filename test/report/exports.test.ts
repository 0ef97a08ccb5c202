import { describe, expect, it } from 'vitest';
import { agreementCsv, candidatesCsv, curvesCsv } from '../../src-main/report/csv-tables.ts';
import { answerOf, hindsightOf, initialLossFinding, limitsOf } from '../../src-main/report/findings.ts';
import { markdownReport } from '../../src-main/report/markdown-report.ts';
import {
  formatCorrelation,
  formatCount,
  formatDifference,
  formatDuration,
  formatFlops,
  formatRank,
  formatShare,
  joinNames,
} from '../../src-main/report/number-format.ts';
import { auditSample, hostileSample, runningSample, selectSample } from './samples.ts';

describe('candidatesCsv', () => {
  it('holds one line for each candidate with as many cells as the header', () => {
    const lines = candidatesCsv(auditSample()).split('\r\n');
    expect(lines).toHaveLength(1 + 13 + 1);
    const width = lines[0]!.split(',').length;
    for (const line of lines.slice(1, -1)) expect(line.split(',')).toHaveLength(width);
    expect(lines[0]).toMatch(/^strategy,operator,plan/);
  });

  it('disarms a strategy name that a spreadsheet would run', () => {
    expect(candidatesCsv(hostileSample())).toContain(`"'=HYPERLINK(""http://127.0.0.1/"",""x"")"`);
  });
});

describe('curvesCsv', () => {
  it('holds every evaluation, with an empty loss where it was not finite', () => {
    const analysis = hostileSample();
    const points =
      analysis.source.curve.length +
      analysis.candidates.reduce((sum, c) => sum + c.probeCurve.length + c.fullCurve.length, 0);
    const lines = curvesCsv(analysis).trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + points);
    expect(lines.filter((line) => line.endsWith(','))).toEqual([expect.stringMatching(/,probe,100,$/)]);
  });
});

describe('agreementCsv', () => {
  it('keeps full precision and is a bare header without an audit', () => {
    const { agreement } = auditSample();
    const line = agreementCsv(auditSample()).split('\r\n')[1]!;
    expect(Number(line.split(',')[3])).toBe(agreement[0]!.spearman);
    expect(agreementCsv(selectSample()).trimEnd().split('\r\n')).toHaveLength(1);
  });
});

describe('markdownReport', () => {
  it('has the same number of cells in every line of a table', () => {
    for (const analysis of [auditSample(), hostileSample(), runningSample()]) {
      const tables = markdownReport(analysis)
        .split('\n\n')
        .filter((block) => block.startsWith('|'));
      expect(tables.length).toBeGreaterThan(0);
      for (const table of tables) {
        const widths = table.split('\n').map((line) => line.replace(/\\./g, '').split('|').length);
        expect(new Set(widths).size).toBe(1);
      }
    }
  });

  it('contains no live HTML, link or image from a name', () => {
    const prose = markdownReport(hostileSample()).replace(/```[\s\S]*?```/g, '');
    expect(prose.replace(/\\./g, '')).not.toMatch(/<script|<img|!\[|\]\(/);
  });

  it('fences a study file that contains a fence', () => {
    const text = markdownReport({ ...selectSample(), studyYaml: 'a: |\n  ```\n  b\n' });
    expect(text).toContain('````yaml\na: |\n  ```\n  b\n````');
  });
});

describe('findings', () => {
  it('calls a tie a tie and a win a win', () => {
    const tied = auditSample();
    expect(tied.decision!.tie).toHaveLength(3);
    expect(answerOf(tied)).toBe(
      'idCopyInter has the lowest value, 2.0078, but it is tied with idCopyTop and ins1b2: by this evidence any of these 3 is as good a choice.',
    );
    const won = { ...tied, decision: { ...tied.decision!, tie: ['idCopyInter'] } };
    expect(answerOf(won)).toMatch(
      /^idCopyInter leads with 2\.0078, ahead of idCopyTop by 0\.0015 nats \(interval/,
    );
  });

  it('says that initial loss cannot choose among strategies that tie', () => {
    expect(initialLossFinding(auditSample())).toBe(
      'Initial loss cannot choose: 4 strategies tie at k = 0 (idCopyTop, idCopyInter, idRandBottom and dead), the choice among them.',
    );
    expect(initialLossFinding(runningSample())).toBeNull();
  });

  it('gives hindsight for audits only, and limits always', () => {
    expect(hindsightOf(auditSample())).toContain('Trained to the end, idCopyTop is best');
    expect(hindsightOf(selectSample())).toBeNull();
    expect(limitsOf(selectSample())).toContain('Only the chosen strategy was trained to the end');
    expect(limitsOf(auditSample())).toContain('pool of 12');
  });
});

describe('number formats', () => {
  it('print signs, halves, groups and units', () => {
    expect(['−.12', '.86', '1.00', '.00', '–']).toEqual(
      [-0.12, 0.86, 1, -0.001, null].map((value) => formatCorrelation(value)),
    );
    expect([2.5, 3, 10 / 3, null].map(formatRank)).toEqual(['2½', '3', '3.3', '–']);
    expect([0.00412, -0.002, -0.00001].map((value) => formatDifference(value))).toEqual([
      '+0.0041',
      '−0.0020',
      '0.0000',
    ]);
    expect(formatCount(1072739)).toBe('1\u202F072\u202F739');
    expect([0.283, 0.0512, 0, 1].map(formatShare)).toEqual(
      ['28', '5.1', '0', '100'].map((text) => `${text}\u202F%`),
    );
    expect([999, 999_600, 4.28e12].map(formatFlops)).toEqual([
      '999\u202FFLOP',
      '1.00\u202FMFLOP',
      '4.28\u202FTFLOP',
    ]);
    expect([4.2, 59.97, 125, 11_520].map(formatDuration)).toEqual([
      '4.2\u202Fs',
      '1 min 00 s',
      '2 min 05 s',
      '3 h 12 min',
    ]);
    expect(joinNames(['a', 'b', 'c', 'd'], 3)).toBe('a, b and 2 more');
  });
});
