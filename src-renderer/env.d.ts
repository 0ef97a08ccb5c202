/** What the preload script hands over; absent in a plain browser. */
interface Window {
  readonly espalierHost?: {
    /** Asks for a port to the service; it comes as a message 'espalier-service-port' of this window. */
    readonly connect: () => void;
    /** Commands of the menu, and study files that the system opens. */
    readonly listen: (
      onCommand: (command: 'new' | 'open' | 'home' | 'settings' | 'queue' | 'keys' | 'palette') => void,
      onFile: (file: { readonly name: string; readonly text: string }) => void,
    ) => void;
    /** Shows the folder of the studies in the system's own program for files. */
    readonly showFolder: () => void;
    /** Keys for the menu, as chords; null for none. */
    readonly showKeys: (keys: Readonly<Record<string, string | null>>) => void;
    /** Asks where to save; the path of the file, or null where none was chosen. */
    readonly printToPdf: (name: string, html: string) => Promise<string | null>;
  };
}
