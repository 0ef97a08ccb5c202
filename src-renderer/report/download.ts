/** Gives a file to the browser to save. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function blobOf(file: { content: string; mediaType: string; isBase64: boolean }): Blob {
  const { content, mediaType: type } = file;
  if (!file.isBase64) return new Blob([content], { type });
  return new Blob([Uint8Array.from(atob(content), (character) => character.charCodeAt(0))], { type });
}

/** An SVG drawn at twice its size. @throws Error where the browser cannot draw it */
export async function pngOf(svg: string, width: number, height: number): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * 2;
  canvas.height = height * 2;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the figure cannot be drawn as PNG')))),
  );
}
