/** What the preload script hands over; absent in a plain browser. */
interface Window {
  readonly espalierHost?: { readonly versions: Readonly<Record<string, string | undefined>> };
}
