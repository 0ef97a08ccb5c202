/**
 * The module that adamw.wat assembles to, in base64; written by test/engine/assemble-adamw-wasm.ts. Committed so
 * that neither an installation nor a build needs an assembler. A test assembles the source again and compares.
 */
export const ADAMW_MODULE_BASE64 = [
  'AGFzbQEAAAABGAJgAn9/AXxgDn9/f39/fX19fX19fX19AAIRAQVzdGF0ZQZtZW1vcnkCAAADAwIAAQcZAgxzdW1PZlNxdWFyZXMA',
  'AAZ1cGRhdGUAAQriAgJ3AgF/BXsCQANAIAIgAU8NASAAIAJq/QAEACEDIAP9XyEEIAMgA/0NCAkKCwwNDg8ICQoLDA0OD/1fIQUg',
  'BiAEIAT98gH98AEhBiAHIAUgBf3yAf3wASEHIAJBEGohAgwACwsgBiAH/fABIQYgBv0hACAG/SEBoAvnAQICfwx7IAX9EyETIAb9',
  'EyEUIAf9EyEVIAj9EyEWIAn9EyEXIAr9EyEYIAv9EyEZIAz9EyEaIA39EyEbAkADQCAOIARPDQEgAyAOav0ABAAgE/3mASEQIAEg',
  'DmohDyAP/QAEACAU/eYBIBAgFf3mAf3kASERIA8gEf0LBAAgAiAOaiEPIA/9AAQAIBb95gEgECAQ/eYBIBf95gH95AEhEiAPIBL9',
  'CwQAIAAgDmohDyAPIA/9AAQAIBj95gEgESAS/eMBIBr95gEgG/3kAf3nASAZ/eYB/eUB/QsEACAOQRBqIQ4MAAsLCw==',
].join('');
