/** Texts about a safetensors file that was dropped on the window. */
import { formatCount } from '../../src-main/report/number-format.ts';

export const SAFETENSORS_WORDS = {
  close: 'Close',
  model: 'Model',
  layers: 'Layers',
  tensors: 'Tensors',
  values: 'Values',
  types: 'Types',
  size: 'Size',
  noLayers: 'none by their names',
  caption: (name: string): string => `Tensors of ${name}`,
  tensor: 'Tensor',
  inLayers: 'In layers',
  shape: 'Shape',
  type: 'Type',
  metadata: 'Notes in the file',
  limits:
    'Only the header was read, no weights. A study trains its own source; growing a model from a file like this one is not possible yet.',
  damaged: (name: string, why: string): string => `${name} is not a whole safetensors file: ${why}`,
  damagedHint: 'Copy or download it again; nothing else was read from it.',
  tooShort: (bytes: number): string => `it has ${bytes} bytes, and the length of the header alone takes 8.`,
  wrongLength: (length: number, size: number): string =>
    `its header should have ${formatCount(length)} bytes; the file has ${formatCount(size)}, and a header at most 100 million.`,
  noJson: 'its header is not a JSON object.',
  wrongMetadata: '__metadata__ must be texts by name.',
  wrongTensor: (tensor: string): string =>
    `${tensor} must have a dtype, a shape of whole numbers and two data_offsets.`,
  outside: (tensor: string, end: number, dataBytes: number): string =>
    `${tensor} should end at byte ${formatCount(end)} of the data, which has ${formatCount(dataBytes)}.`,
  wrongSize: (tensor: string, wanted: number, found: number): string =>
    `${tensor} should take ${formatCount(wanted)} bytes by its shape and type; it has ${formatCount(found)}.`,
} as const;
